// Brings the extractor up: the model, the backend that was asked for or the one that works here.
import { createExtractor, CrossMambaError } from '../src/index.ts';
import type { BackendChoice, Extractor } from '../src/index.ts';
import type { PageOptions } from './options.ts';
import { sentence } from './sentence.ts';
import type { Store } from './store.ts';

export class ExtractorLoader {
  /** Undefined until `load` has succeeded. */
  extractor: Extractor | undefined;
  readonly #store: Store;
  readonly #options: PageOptions;

  constructor(store: Store, options: PageOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Loads what is not loaded yet; what goes wrong is told in the state. Resolves to whether there is an extractor. */
  async load(): Promise<boolean> {
    if (this.extractor !== undefined) return true;
    const store = this.#store;
    store.setModel({ phase: 'loading', progress: null, error: null });
    try {
      this.extractor = await this.#createBest();
    } catch (error) {
      store.setModel({ phase: 'failed', error: sentence(error) });
      return false;
    }
    const { report, latencyMs, context } = this.extractor;
    if (this.#options.backend === 'auto' && report.backend === 'reference')
      store.notice(`Computing in plain JavaScript, the slowest way: ${report.reason}`);
    store.setStats({
      backend: report.backend,
      backendReason: report.reason,
      latencyMs,
      slackMs: this.#options.slackMs,
      contextRateHz: context.sampleRate,
    });
    if (this.extractor.transport === 'port')
      store.notice(
        'This page is not cross-origin isolated, so sound goes by messages: it may take a larger slack to run without gaps.',
      );
    store.setModel({ phase: 'ready', progress: 1 });
    return true;
  }

  /** Where a backend was asked for by name and cannot be had, the best one that can runs, and the page says so. */
  async #createBest(): Promise<Extractor> {
    const { backend } = this.#options;
    try {
      return await this.#create(backend);
    } catch (error) {
      const isBackendMissing = error instanceof CrossMambaError && error.code.endsWith('-unavailable');
      if (backend === 'auto' || !isBackendMissing) throw error;
      this.#store.notice(
        `The address asks for the backend “${backend}”. ${sentence(error)} Another one computes instead.`,
      );
      return this.#create('auto');
    }
  }

  #create(backend: BackendChoice): Promise<Extractor> {
    return createExtractor({
      modelUrl: this.#options.modelUrl,
      backend,
      slackMs: this.#options.slackMs,
      onProgress: (loadedBytes, totalBytes) => this.#store.setModel({ progress: loadedBytes / totalBytes }),
    });
  }
}
