// An extractor that an element makes for itself: loaded in the background, with progress, given up at any time.
import type { Extractor, ExtractorOptions } from '../../src/index.ts';
import { loadExtractor } from './extractor-loader.ts';
import type { Loaded } from './extractor-loader.ts';

export interface LoadState {
  /** 'lost': it was there, and died. */
  readonly phase: 'none' | 'loading' | 'ready' | 'failed' | 'lost';
  /** 0 … 1; null while the length is not known. */
  readonly share: number | null;
  readonly error: Error | null;
}

export const NOT_LOADED: LoadState = { phase: 'none', share: null, error: null };
export const LOADED: LoadState = { phase: 'ready', share: 1, error: null };

export class OwnExtractor {
  extractor: Extractor | null = null;
  readonly #onState: (state: LoadState) => void;
  #loading: AbortController | undefined;

  /** `onState` is told how far it is, until it is released. */
  constructor(onState: (state: LoadState) => void) {
    this.#onState = onState;
  }

  /** Null where it failed, which is told, or was given up. */
  async load(options: ExtractorOptions): Promise<Loaded | null> {
    this.release();
    const loading = new AbortController();
    const { signal } = loading;
    this.#loading = loading;
    const tell = (state: LoadState) => {
      if (!signal.aborted) this.#onState(state);
    };
    tell({ phase: 'loading', share: null, error: null });
    try {
      const loaded = await loadExtractor({
        ...options,
        signal,
        onProgress: (loadedBytes, totalBytes) =>
          tell({ phase: 'loading', share: loadedBytes / totalBytes, error: null }),
      });
      if (signal.aborted) {
        void loaded.extractor.dispose();
        return null;
      }
      this.extractor = loaded.extractor;
      tell(LOADED);
      return loaded;
    } catch (error) {
      tell({ phase: 'failed', share: null, error: error as Error });
      return null;
    }
  }

  /** Ends loading, and what was loaded. */
  release(): void {
    this.#loading?.abort();
    void this.extractor?.dispose();
    this.extractor = null;
  }
}
