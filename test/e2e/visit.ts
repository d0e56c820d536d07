// What most tests of a page begin and end with: the sources are served, one page is open.
import { afterAll, beforeAll } from 'vitest';
import { App, type OpenOptions } from './app.ts';
import { MODEL, serveSources } from './server.ts';
import type { Server } from './server.ts';

export interface Visit {
  /** Of the server, for the address of another page. */
  readonly origin: string;
  /** `address` begins with a slash. Called once: the page is closed after the last test. */
  open(address: string, options?: OpenOptions): Promise<App>;
}

/** Serves from before the first test of the file that calls it until after the last. */
export function startVisit(): Visit {
  let server: Server | undefined;
  let app: App | undefined;

  beforeAll(async () => {
    server = await serveSources(MODEL);
  });

  afterAll(async () => {
    await app?.close();
    await server?.close();
  });

  return {
    get origin() {
      return server!.origin;
    },
    async open(address, options) {
      app = await App.open(`${server!.origin}${address}`, options);
      return app;
    },
  };
}
