// Bundles the command line into dist/cli.js. Packages stay imports: `webgpu` is optional and native.
import { chmodSync, renameSync } from 'node:fs';
import { build } from 'esbuild';
import { textModulesForEsbuild } from './plugins.js';

const outfile = 'dist/cli.js';
// A command that runs meanwhile sees the old bundle or the new one, whole.
const unfinished = `dist/.cli.${process.pid}.js`;
await build({
  entryPoints: ['cli/main.ts'],
  outfile: unfinished,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  banner: { js: '#!/usr/bin/env node' },
  plugins: [textModulesForEsbuild],
  logLevel: 'warning',
});
chmodSync(unfinished, 0o755);
renameSync(unfinished, outfile);
