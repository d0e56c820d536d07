// Where worker and model lie in the package: beside this script. Bundlers find `new URL('…', import.meta.url)` and bring the files along.
import config from '../public/models/speaker-base/config.json?text';
import type { ModelAddress } from './shared/protocol.ts';

/** config.json is part of the script, so that it always belongs to the weights. */
export function defaultModel(): ModelAddress {
  const weights = new URL('../../public/models/speaker-base/model.safetensors', import.meta.url);
  return { config, weightsUrl: weights.href };
}

export function defaultWorker(): Worker {
  const script = new URL('../worker/worker.js', import.meta.url);
  const options: WorkerOptions = { type: 'module', name: 'crossmamba' };
  if (script.origin === location.origin) return new Worker(script, options);
  // A worker's script must come from the page's origin, what it imports need not: the address of a CDN goes by an import.
  const url = URL.createObjectURL(
    new Blob([`import ${JSON.stringify(script.href)};`], { type: 'text/javascript' }),
  );
  const worker = new Worker(url, options);
  const revoke = () => URL.revokeObjectURL(url);
  worker.addEventListener('message', revoke, { once: true });
  worker.addEventListener('error', revoke, { once: true });
  return worker;
}
