// The page's end of the worker: Comlink with named errors.
import { releaseProxy, transferHandlers, wrap, type Remote } from 'comlink';
import { InputError } from './shared/errors.ts';
import type { WorkerApi } from './shared/protocol.ts';
import { namedErrors } from './shared/protocol-errors.ts';

export interface WorkerConnection {
  readonly api: Remote<WorkerApi>;
  /** Rejects when the worker itself fails: its script cannot be loaded, or it dies. Never resolves. */
  readonly failed: Promise<never>;
  /** Ends the thread at once. */
  terminate(): void;
}

let errorsAreNamed = false;

export function connectWorker(worker: Worker): WorkerConnection {
  if (!errorsAreNamed) transferHandlers.set('throw', namedErrors(transferHandlers.get('throw')!));
  errorsAreNamed = true;
  const api = wrap<WorkerApi>(worker);
  const failed = new Promise<never>((_, reject) => {
    worker.onerror = (event) =>
      reject(
        new InputError('the worker failed', {
          where: event.filename || 'worker',
          got: event.message || 'a script that could not be loaded',
        }),
      );
  });
  failed.catch(() => {});
  return {
    api,
    failed,
    terminate() {
      api[releaseProxy]();
      worker.terminate();
    },
  };
}
