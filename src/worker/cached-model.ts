// A model that stays in the browser: the second load needs no network for the weights, and none at all where there is none.
import { ModelFileError } from '../shared/errors.ts';
import type { LoadedModel } from '../shared/model.ts';
import type { ModelAddress, ModelOrigin } from '../shared/protocol.ts';
import {
  addressSource,
  folderUrl,
  get,
  getText,
  loadModel,
  readAll,
  unreachable,
  weightsUrl,
  type LoadProgress,
  type ModelSource,
} from './load-model.ts';

const CACHE = 'crossmamba-models';

export interface CachedLoadOptions {
  /** False: nothing is taken from the cache and nothing is put there. */
  readonly cache: boolean;
  readonly onProgress?: (progress: LoadProgress) => void;
  /** Stands in for the browser's. */
  readonly caches?: Pick<CacheStorage, 'open'>;
}

/** @throws ModelFileError where the model can be had from nowhere or something in it is off. */
export async function loadCachedModel(
  address: ModelAddress,
  { cache, onProgress, caches = globalThis.caches }: CachedLoadOptions,
): Promise<{ model: LoadedModel; origin: ModelOrigin }> {
  if (!cache) {
    const model = await loadModel(addressSource(address), { onProgress });
    return { model, origin: { weights: 'network', offline: false, cacheProblem: 'it was not asked for' } };
  }
  const source = new CachedSource(address, await open(caches));
  const model = await loadModel(source, { onProgress });
  return { model, origin: source.origin };
}

/**
 * config.json is asked for each time, so that a new model is seen, unless it came with the library; the weights that it names by
 * digest are fetched once. The keys: config.json's address; the weights' with their digest.
 */
class CachedSource implements ModelSource {
  readonly #address: ModelAddress;
  readonly #cache: Cache | string;
  #weights: ModelOrigin['weights'] = 'network';
  #offline = false;
  #problem: string | null;
  /** Addresses of what was given last, and the configuration that came from the network. */
  #key = '';
  #config: { readonly key: string; readonly text: string } | undefined;
  /** What was kept turned out to be damaged. */
  #distrusted = false;

  /** `cache`: or why there is none. */
  constructor(address: ModelAddress, cache: Cache | string) {
    this.#address = address;
    this.#cache = cache;
    this.#problem = typeof cache === 'string' ? cache : null;
  }

  get origin(): ModelOrigin {
    return { weights: this.#weights, offline: this.#offline, cacheProblem: this.#problem };
  }

  async text(file: string): Promise<string> {
    if (typeof this.#address !== 'string') return this.#address.config;
    const url = new URL(file, folderUrl(this.#address));
    try {
      const text = await getText(url, { cache: 'no-cache' });
      this.#config = { key: url.href, text };
      return text;
    } catch (error) {
      const kept = isOutage(error) ? await this.#read(url.href, (response) => response.text()) : undefined;
      if (kept === undefined) throw error;
      this.#offline = true;
      return kept;
    }
  }

  async bytes(
    file: string,
    onLoaded: (loadedBytes: number) => void,
    signal?: AbortSignal,
    sha256 = '',
  ): Promise<Uint8Array> {
    const url = weightsUrl(this.#address, file);
    // Where a bundler has put a digest into the file's name, the newer one must still be seen to take the older one's place.
    this.#key = `${new URL(file, url).href}?sha256=${sha256}`;
    const kept = this.#distrusted
      ? undefined
      : await this.#read(this.#key, (response) => readAll(response, onLoaded));
    this.#weights = kept === undefined ? 'network' : 'cache';
    if (kept !== undefined) return kept;
    // Kept here, it need not lie in the browser's other cache as well.
    const response = await get(url, { signal, cache: 'no-store' });
    return readAll(response, onLoaded).catch((error) => unreachable(url, error, signal));
  }

  async checked(bytes: Uint8Array, good: boolean): Promise<boolean> {
    if (good) {
      if (this.#weights === 'network') await this.#putWeights(bytes);
      // Not before its weights are there: what is kept must be whole.
      if (this.#config !== undefined)
        await this.#put(this.#config.key, this.#config.text, 'application/json');
      return false;
    }
    this.#distrusted = this.#weights === 'cache';
    return this.#distrusted;
  }

  /** What was kept; undefined where there is nothing, or it cannot be read any more. */
  async #read<Content>(
    key: string,
    contentOf: (response: Response) => Promise<Content>,
  ): Promise<Content | undefined> {
    if (typeof this.#cache === 'string') return undefined;
    try {
      const kept = await this.#cache.match(key);
      return kept && (await contentOf(kept));
    } catch (error) {
      this.#problem = inWords(error);
      return undefined;
    }
  }

  /** Earlier weights of the same file go. */
  async #putWeights(bytes: Uint8Array): Promise<void> {
    const key = this.#key;
    await this.#put(key, bytes as Uint8Array<ArrayBuffer>, 'application/octet-stream');
    if (typeof this.#cache === 'string') return;
    const file = key.slice(0, key.lastIndexOf('?'));
    for (const { url } of await this.#cache.keys().catch(() => []))
      if (url !== key && url.startsWith(`${file}?sha256=`)) await this.#cache.delete(url).catch(() => {});
  }

  async #put(key: string, body: BodyInit, type: string): Promise<void> {
    if (typeof this.#cache === 'string') return;
    await this.#cache
      .put(key, new Response(body, { headers: { 'Content-Type': type } }))
      .catch((error) => (this.#problem = inWords(error)));
  }
}

async function open(caches: Pick<CacheStorage, 'open'> | undefined): Promise<Cache | string> {
  if (caches === undefined) return 'the browser has no Cache API here';
  return caches.open(CACHE).catch(inWords);
}

/** No connection, or a server that is down: what was kept is still good. A 404 says that the model is gone. */
function isOutage(error: unknown): boolean {
  const status = error instanceof ModelFileError ? error.details.got?.match(/^HTTP (\d+)$/)?.[1] : undefined;
  return status === undefined || Number(status) >= 500;
}

function inWords(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
