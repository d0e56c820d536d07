// Brings an extractor up: with the backend that was asked for, or with the one that works here.
import { createExtractor, CrossMambaError } from '../../src/index.ts';
import type { Extractor, ExtractorOptions } from '../../src/index.ts';

export interface Loaded {
  readonly extractor: Extractor;
  /** Why another backend than the one that was asked for computes; null where there is nothing to tell. */
  readonly backendError: CrossMambaError | null;
}

/** Where a backend was asked for by name and cannot be had, the best one that can runs. Rejects as createExtractor does. */
export async function loadExtractor(options: ExtractorOptions): Promise<Loaded> {
  try {
    return { extractor: await createExtractor(options), backendError: null };
  } catch (error) {
    const isBackendMissing = error instanceof CrossMambaError && error.code.endsWith('-unavailable');
    if ((options.backend ?? 'auto') === 'auto' || !isBackendMissing) throw error;
    return { extractor: await createExtractor({ ...options, backend: 'auto' }), backendError: error };
  }
}
