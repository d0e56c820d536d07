// The command line, built and run as people run it.
import { execFile, execFileSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './server.ts';

const run = promisify(execFile);

export function buildCommandLine(): void {
  execFileSync('npm', ['run', '--silent', 'build:cli'], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

export interface Extraction {
  readonly mixture: string;
  readonly enrollment: string;
  readonly out: string;
  readonly model: string;
}

/** `crossmamba-web extract` as the live stream would have it, on the plain reference backend. */
export async function extract({ mixture, enrollment, out, model }: Extraction): Promise<void> {
  const cli = path.join(ROOT, 'dist/cli.js');
  const files = ['--mixture', mixture, '--enrollment', enrollment, '--out', out, '--model', model];
  const how = ['--backend', 'reference', '--no-hear-first', '--json'];
  await run(process.execPath, [cli, 'extract', ...files, ...how]);
}
