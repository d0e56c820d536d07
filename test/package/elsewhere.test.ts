// The package under harder conditions: a strict Content-Security-Policy, scripts from another origin, no network.
import type { Browser, BrowserContext } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createServer, type ViteDevServer } from 'vite';
import { createServer as createOlderServer, type ViteDevServer as OlderViteDevServer } from 'vite-7';
import type * as Library from '../../src/index.ts';
import { report } from '../report.ts';
import { plainProject, viteSources } from './projects.ts';
import { serve, type Site } from './site.ts';
import { DEMO, openBrowser, Visit } from './visit.ts';

let browser: Browser;
/** A profile of its own for each test: nothing is kept from another one. */
let context: BrowserContext;
const sites: Site[] = [];

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  context = await browser.createBrowserContext();
});
afterEach(async () => {
  await context.close();
  for (const site of sites.splice(0)) await site.close();
});

async function site(...wanted: Parameters<typeof serve>): Promise<Site> {
  const served = await serve(...wanted);
  sites.push(served);
  await context.overridePermissions(served.origin, ['microphone']);
  return served;
}

/** The least that is enough; docs/embedding.md says what each is for. */
const POLICY: Readonly<Record<string, readonly string[]>> = {
  'default-src': ["'none'"],
  'script-src': ["'self'", "'wasm-unsafe-eval'", 'blob:'],
  'worker-src': ["'self'"],
  'connect-src': ["'self'"],
};

/** `img-src` is for the icon of the test's own page. */
const header = (policy: typeof POLICY) => ({
  'Content-Security-Policy': Object.entries({ ...policy, 'img-src': ['data:'] })
    .map(([directive, sources]) => `${directive} ${sources.length > 0 ? sources.join(' ') : "'none'"}`)
    .join('; '),
});

describe('under a strict Content-Security-Policy', () => {
  async function visit(policy: typeof POLICY): Promise<Visit> {
    const { folders } = await plainProject(inject('projects'));
    const { origin } = await site({ ...folders, '/demo/': DEMO }, header(policy));
    return Visit.open(context, `${origin}/`);
  }

  it('gives the one voice and violates nothing', async () => {
    const strict = await visit(POLICY);
    expect(await strict.loaded()).toBeNull();
    const heard = await strict.hear();
    expect(strict.complaints).toEqual([]);
    expect(heard.livePeak).toBeGreaterThan(0.02);
  });

  it.each([
    ['script-src', "'wasm-unsafe-eval'", /^computes on (webgpu|reference)$/],
    ['script-src', 'blob:', /let it load scripts from 'blob:'/],
    ['worker-src', "'self'", /could not be loaded.*worker-src/],
    ['connect-src', "'self'", /safetensors: could not be fetched/],
  ])('which allows nothing that is not needed: %s %s', async (directive, source, what) => {
    const rest = POLICY[directive].filter((one) => one !== source);
    const stricter = await visit({ ...POLICY, [directive]: rest });
    const happened = (await stricter.loaded()) ?? `computes on ${await stricter.backend()}`;
    report(`without ${directive} ${source}: ${happened}`);
    expect(happened).toMatch(what);
  });
});

describe('from another origin', () => {
  it('runs where that origin allows its scripts to be used (CORS), as a CDN does', async () => {
    const projects = inject('projects');
    const elsewhere = await site((await plainProject(projects)).folders, {
      'Access-Control-Allow-Origin': '*',
    });
    const { folders } = await plainProject(projects, `${elsewhere.origin}/crossmamba-web`);
    const { origin } = await site({ ...folders, '/demo/': DEMO });
    const visit = await Visit.open(context, `${origin}/`, [origin, elsewhere.origin]);
    expect(await visit.loaded()).toBeNull();
    const heard = await visit.hear();
    expect(visit.complaints).toEqual([]);
    expect(heard.livePeak).toBeGreaterThan(0.02);
  });
});

describe('from an origin that forbids it', () => {
  it('says what failed', async () => {
    const projects = inject('projects');
    // Scripts of a page may come from there, for the page imports them by CORS; the worker's may not.
    const elsewhere = await serve(
      { '/crossmamba-web/': `${projects}/node_modules/crossmamba-web` },
      (file) => (file.endsWith('worker.js') ? {} : { 'Access-Control-Allow-Origin': '*' }),
    );
    sites.push(elsewhere);
    const { folders } = await plainProject(projects, `${elsewhere.origin}/crossmamba-web`);
    const { origin } = await site(folders);
    const visit = await Visit.open(context, `${origin}/`, [origin, elsewhere.origin]);
    expect(await visit.loaded()).toMatch(
      /the worker failed.*could not be loaded.*Access-Control-Allow-Origin/,
    );
  });
});

describe("on Vite's development server", () => {
  const here = { host: '127.0.0.1', port: 0, hmr: false, watch: null } as const;
  const plain = { configFile: false, logLevel: 'error', server: here } as const;
  const told = { optimizeDeps: { exclude: ['crossmamba-web'] } };

  /** Opens the project that the server serves. */
  async function visitServed(server: ViteDevServer | OlderViteDevServer): Promise<Visit> {
    await server.listen();
    const { port } = server.httpServer!.address() as { port: number };
    return Visit.open(context, `http://127.0.0.1:${port}/`);
  }

  it.each([
    ['Vite 8', (root: string) => createServer({ root, ...plain })],
    [
      'an earlier one that leaves the library where it is',
      (root: string) => createOlderServer({ root, ...plain, ...told }),
    ],
  ])('loads worker and model, which it serves from where they lie: %s', async (_name, serve) => {
    const server = await serve(await viteSources(inject('projects')));
    try {
      const visit = await visitServed(server);
      expect(await visit.loaded()).toBeNull();
      expect(visit.complaints).toEqual([]);
      expect(
        visit.requests.some((url) => url.endsWith('/public/models/speaker-base/model.safetensors')),
      ).toBe(true);
    } finally {
      await server.close();
    }
  });
});

describe('without a network', () => {
  it('loads the model that an earlier visit has kept', async () => {
    const { origin } = await site({ ...(await plainProject(inject('projects'))).folders, '/demo/': DEMO });
    const visit = await Visit.open(context, `${origin}/`);
    expect(await visit.loaded()).toBeNull();
    // Keeping the scripts is a service worker's business, that is: the page's.
    await visit.page.evaluate(async () => {
      const worker = await (await fetch('/crossmamba-web/dist/worker/worker.js')).blob();
      Object.assign(globalThis, { keptWorker: URL.createObjectURL(worker) });
    });
    visit.requests.length = 0;
    await sites.pop()!.close();
    const kept = await visit.page.evaluate(async () => {
      const { library, keptWorker } = globalThis as unknown as {
        library: typeof Library;
        keptWorker: string;
      };
      const extractor = await library.createExtractor({
        backend: 'wasm',
        createWorker: () => new Worker(keptWorker, { type: 'module' }),
      });
      const { report: loaded } = extractor;
      await extractor.dispose();
      return loaded;
    });
    report(`without a network: ${kept.model} from the ${kept.origin.weights} on ${kept.backend}`);
    expect(kept.origin.weights).toBe('cache');
    expect(visit.requests.filter((url) => url.startsWith('http'))).toEqual([]);
  });
});
