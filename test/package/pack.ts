// Once for all files: `npm pack` as for a release, unpacked where a project that depends on the package finds it.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';

const ROOT = path.resolve(import.meta.dirname, '../..');

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder whose node_modules holds the package and nothing else of the repository. */
    readonly projects: string;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'crossmamba-package-'));
  const modules = path.join(folder, 'node_modules');
  await mkdir(modules);
  const { version, dependencies } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
  // With its scripts: what is packed is what the sources are now.
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: ROOT, stdio: 'pipe' });
  run('npm', 'pack', '--pack-destination', folder);
  run('tar', '-xzf', path.join(folder, `crossmamba-web-${version}.tgz`), '-C', folder);
  await rename(path.join(folder, 'package'), path.join(modules, 'crossmamba-web'));
  // Its dependencies as `npm install` would put them beside it: taken from here, for a test asks no registry.
  for (const name of Object.keys(dependencies))
    await symlink(path.join(ROOT, 'node_modules', name), path.join(modules, name));
  // One node_modules for all projects in the folder, as in a workspace.
  await writeFile(path.join(folder, 'package.json'), '{"private":true,"workspaces":["*"]}');
  provide('projects', folder);
  return () => rm(folder, { recursive: true });
}
