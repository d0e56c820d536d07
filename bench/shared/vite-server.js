// The sources on a loopback address, for benches that measure a page.
import path from 'node:path';
import { createServer } from 'vite';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Resolves to {origin, close()}. */
export async function serveSources() {
  const server = await createServer({
    root: ROOT,
    logLevel: 'warn',
    // Its own: a development server that runs beside it keeps what it has.
    cacheDir: path.join(ROOT, 'node_modules/.vite-bench'),
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
  });
  await server.listen();
  return {
    origin: `http://127.0.0.1:${server.httpServer.address().port}`,
    close: () => server.close(),
  };
}
