// A folder served on a loopback port, with the headers that a page's author may set. Knows what it was asked for in vain.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wav': 'audio/wav',
};

export const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

type Headers = Readonly<Record<string, string | undefined>>;

export interface Site {
  readonly origin: string;
  close(): Promise<void>;
}

/** `folders`: path at the site, as '/demo/' -> folder on disk; '/' as well. */
export async function serve(
  folders: Readonly<Record<string, string>>,
  headers: Headers | ((file: string) => Headers) = {},
): Promise<Site> {
  const places = Object.entries(folders).sort(([a], [b]) => b.length - a.length);
  const server = createServer((request, response) => {
    const asked = decodeURIComponent(new URL(request.url!, 'http://localhost').pathname);
    const [at, folder] = places.find(([place]) => asked.startsWith(place)) ?? ['/', ''];
    const file = path.join(
      folder,
      asked.endsWith('/') ? `${asked.slice(at.length)}index.html` : asked.slice(at.length),
    );
    for (const [name, value] of Object.entries(typeof headers === 'function' ? headers(file) : headers))
      if (value !== undefined) response.setHeader(name, value);
    if (folder === '' || !existsSync(file) || statSync(file).isDirectory()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': TYPES[path.extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
}
