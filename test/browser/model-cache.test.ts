// A model that stays in the browser: what is asked of the server, what of the Cache API, and what happens when either fails.
import { expect } from 'chai';
import type {} from 'mocha';
import { ModelFileError } from '../../src/shared/errors.ts';
import { loadCachedModel } from '../../src/worker/cached-model.ts';

const FOLDER = 'https://models.test/voice';
const CACHE = 'crossmamba-models';

interface Server {
  files: Map<string, Uint8Array<ArrayBuffer>>;
  /** What was asked for, with the cache mode. */
  readonly asked: string[];
  /** Instead of an answer. */
  status?: number;
  down?: boolean;
  /** The file whose answer breaks off. */
  breaksOff?: string;
}

/** An answer that begins, and breaks off. */
const broken = () =>
  new Response(
    new ReadableStream({
      pull: (controller) => controller.error(new TypeError('broken off')),
    }),
  );

const pageFetch = globalThis.fetch;
let server: Server;

async function golden(size: string): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const file of ['config.json', 'model.safetensors']) {
    const response = await pageFetch(new URL(`../golden/${size}/${file}`, import.meta.url));
    files.set(file, new Uint8Array(await response.arrayBuffer()));
  }
  return files;
}

beforeEach(async () => {
  await caches.delete(CACHE);
  server = { files: await golden('tiny'), asked: [] };
  globalThis.fetch = async (input, init) => {
    const file = String(input).slice(FOLDER.length + 1);
    server.asked.push(`${file} ${init?.cache}`);
    if (server.down) throw new TypeError('Failed to fetch');
    if (file === server.breaksOff) return broken();
    const body = server.files.get(file);
    return new Response(body ?? null, { status: server.status ?? (body === undefined ? 404 : 200) });
  };
});

afterEach(async () => {
  globalThis.fetch = pageFetch;
  await caches.delete(CACHE);
});

/** Loads; returns where the model came from and the shares of the progress. */
async function load(options: Partial<Parameters<typeof loadCachedModel>[1]> = {}) {
  const shares: number[] = [];
  const { model, origin } = await loadCachedModel(FOLDER, {
    cache: true,
    onProgress: ({ loadedBytes, totalBytes }) => shares.push(loadedBytes / totalBytes),
    ...options,
  });
  return { name: model.config.name, origin, shares, asked: server.asked.splice(0) };
}

const keys = async () => (await (await caches.open(CACHE)).keys()).map(({ url }) => url);
const NETWORK = { weights: 'network', offline: false, cacheProblem: null };
const BOTH = ['config.json no-cache', 'model.safetensors no-store'];

it('asks for the weights once, for the configuration each time, and tells its progress either way', async () => {
  const first = await load();
  expect(first.origin).to.deep.equal(NETWORK);
  expect(first.asked).to.deep.equal(BOTH);
  const second = await load();
  expect(second.origin).to.deep.equal({ ...NETWORK, weights: 'cache' });
  expect(second.asked).to.deep.equal(['config.json no-cache']);
  for (const { shares } of [first, second]) {
    expect(shares[0]).to.equal(0);
    expect(shares.at(-1)).to.equal(1);
  }
});

for (const [when, breakServer] of [
  ['no connection', () => (server.down = true)],
  ['a server that is down', () => (server.status = 503)],
] as const)
  it(`loads with ${when} what it has loaded before`, async () => {
    await load();
    breakServer();
    expect((await load()).origin).to.deep.equal({ weights: 'cache', offline: true, cacheProblem: null });
    await caches.delete(CACHE);
    expect(await failure()).to.be.instanceOf(ModelFileError);
  });

it('loads what it has loaded before where the configuration breaks off, and says what did where there is nothing', async () => {
  server.breaksOff = 'config.json';
  const error = await load().catch((thrown: unknown) => thrown);
  expect(error).to.be.instanceOf(ModelFileError);
  expect(String(error)).to.match(/voice\/config\.json: could not be fetched, got \w/);
  server.breaksOff = undefined;
  await load();
  server.breaksOff = 'config.json';
  expect((await load()).origin).to.deep.equal({ ...NETWORK, weights: 'cache', offline: true });
});

it('fetches again what was kept and cannot be read any more', async () => {
  await load();
  const cache = await caches.open(CACHE);
  const damaged = {
    match: async () => broken(),
    put: (key: string, response: Response) => cache.put(key, response),
    keys: () => cache.keys(),
    delete: (key: string) => cache.delete(key),
  } as unknown as Cache;
  const { name, origin, asked } = await load({ caches: { open: async () => damaged } });
  expect(name).to.equal('tiny');
  expect(origin).to.deep.equal({ ...NETWORK, cacheProblem: 'TypeError: broken off' });
  expect(asked).to.deep.equal(BOTH);
});

it('does not bring back a model that is gone', async () => {
  await load();
  server.files.clear();
  expect((await failure()).message).to.match(/config\.json.*HTTP 404/);
});

it('takes a newer model, and lets go of the older one', async () => {
  await load();
  const before = await keys();
  server.files = await golden('small');
  const { origin, asked } = await load();
  expect(origin.weights).to.equal('network');
  expect(asked).to.deep.equal(BOTH);
  const after = await keys();
  expect(after).to.have.length(2);
  expect(after).to.not.deep.equal(before);
  expect((await load()).origin.weights).to.equal('cache');
});

it('keeps the older model whole when the newer one is not', async () => {
  await load();
  server.files.set('config.json', (await golden('small')).get('config.json')!);
  expect((await failure()).message).to.match(/cut short|too long|digest/);
  server.down = true;
  expect((await load()).origin).to.deep.equal({ weights: 'cache', offline: true, cacheProblem: null });
});

for (const [how, damage] of [
  ['cut short', (bytes: Uint8Array<ArrayBuffer>) => bytes.slice(0, 1000)],
  ['changed in one bit', (bytes: Uint8Array<ArrayBuffer>) => bytes.map((x, n) => (n === 5000 ? x ^ 1 : x))],
] as const)
  it(`fetches again what is damaged in the cache: ${how}`, async () => {
    await load();
    const cache = await caches.open(CACHE);
    const key = (await keys()).find((url) => url.includes('sha256'))!;
    const bytes = new Uint8Array(await (await cache.match(key))!.arrayBuffer());
    await cache.put(key, new Response(damage(bytes)));
    const healed = await load();
    expect(healed.origin).to.deep.equal(NETWORK);
    expect(healed.asked).to.deep.equal(BOTH);
    expect((await load()).origin.weights).to.equal('cache');
  });

it('keeps nothing of a model that is damaged on the server', async () => {
  server.files.set('model.safetensors', server.files.get('model.safetensors')!.slice(0, 1000));
  expect((await failure()).message).to.match(/cut short/);
  expect(await keys()).to.deep.equal([]);
  expect(server.asked).to.deep.equal(BOTH);
});

it('works where nothing can be kept, and tells why', async () => {
  const refused = { open: () => Promise.reject(new DOMException('not here', 'SecurityError')) };
  expect((await load({ caches: refused })).origin).to.deep.equal({
    ...NETWORK,
    cacheProblem: 'SecurityError: not here',
  });
  const full = await caches.open(CACHE);
  full.put = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
  expect((await load({ caches: { open: async () => full } })).origin).to.deep.equal({
    ...NETWORK,
    cacheProblem: 'QuotaExceededError: full',
  });
});

it('leaves the cache alone where it is told to', async () => {
  const { origin } = await load({ cache: false });
  expect(origin.cacheProblem).to.equal('it was not asked for');
  expect(await keys()).to.deep.equal([]);
});

async function failure(): Promise<Error> {
  return load().then(
    () => {
      throw new Error('was not rejected');
    },
    (error: Error) => error,
  );
}

it('asks nobody for a configuration that came with the library, and lets newer weights replace older ones of another name', async () => {
  const config = new TextDecoder().decode(server.files.get('config.json'));
  const weights = server.files.get('model.safetensors')!;
  for (const name of ['model-older.safetensors', 'model-newer.safetensors']) server.files.set(name, weights);
  const packed = (file: string) => ({ config, weightsUrl: `${FOLDER}/${file}` });
  const first = await loadCachedModel(packed('model-older.safetensors'), { cache: true });
  expect(first.origin).to.deep.equal(NETWORK);
  const second = await loadCachedModel(packed('model-newer.safetensors'), { cache: true });
  expect(second.origin).to.deep.equal({ ...NETWORK, weights: 'cache' });
  await loadCachedModel(packed('model-newer.safetensors'), { cache: false });
  expect(server.asked).to.deep.equal([
    'model-older.safetensors no-store',
    'model-newer.safetensors undefined',
  ]);
  expect(await keys()).to.have.length(1);
});
