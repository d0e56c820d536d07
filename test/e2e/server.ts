// The app as people get it, on a loopback port: from the sources, or as it is built. Models can be spoiled on their way to the page.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, createServer, preview } from 'vite';
import type { Plugin } from 'vite';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The model that the page loads unless told otherwise. */
export const MODEL = path.join(ROOT, 'public/models/speaker-base');

export interface Server {
  readonly origin: string;
  close(): Promise<void>;
}

/** What `/spoiled/<name>/…` does to the default model's files. */
export type Spoil = (file: string, bytes: Buffer, requests: number) => Buffer | null;

/** Serves the model of `folder` at `/spoiled/<name>/`, spoiled; null is a 404. */
function spoiledModels(folder: string, spoils: Readonly<Record<string, Spoil>>): Plugin {
  const requests = new Map<string, number>();
  return {
    name: 'spoiled-models',
    configureServer({ middlewares }) {
      middlewares.use('/spoiled', (request: IncomingMessage, response: ServerResponse) => {
        const [, name, file] = new URL(request.url!, 'http://localhost').pathname.split('/');
        const count = (requests.get(`${name}/${file}`) ?? 0) + 1;
        requests.set(`${name}/${file}`, count);
        void readFile(path.join(folder, file)).then((bytes) => {
          const spoiled = spoils[name](file, bytes, count);
          response.statusCode = spoiled === null ? 404 : 200;
          response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
          response.end(spoiled ?? '');
        });
      });
    },
  };
}

/** Vite's development server. */
export async function serveSources(
  folder: string,
  spoils: Readonly<Record<string, Spoil>> = {},
): Promise<Server> {
  const server = await createServer({
    root: ROOT,
    logLevel: 'warn',
    // Of its own, so that a development server that runs meanwhile keeps its.
    cacheDir: path.join(ROOT, 'node_modules/.vite-e2e'),
    plugins: [spoiledModels(folder, spoils)],
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
  });
  await server.listen();
  const { port } = server.httpServer!.address() as { port: number };
  return { origin: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** The built pages. */
export async function serveBuild(outDir: string): Promise<Server> {
  await build({ root: ROOT, logLevel: 'warn', build: { outDir, emptyOutDir: true } });
  const server = await preview({
    root: ROOT,
    logLevel: 'warn',
    build: { outDir },
    preview: { host: '127.0.0.1', port: 0, strictPort: false },
  });
  const { port } = server.httpServer.address() as { port: number };
  return { origin: `http://127.0.0.1:${port}`, close: () => server.close() };
}
