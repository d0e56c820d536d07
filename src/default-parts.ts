// Where worker and model lie for who builds these sources: the worker is theirs to bundle, the model lies beside the page.
// In the package `packaged-parts.ts` stands here instead (scripts/build-package.js).
import type { ModelAddress } from './shared/protocol.ts';

export function defaultModel(): ModelAddress {
  return new URL('./models/speaker-base', document.baseURI).href;
}

export function defaultWorker(): Worker {
  return new Worker(new URL('./worker/worker.ts', import.meta.url), { type: 'module', name: 'crossmamba' });
}
