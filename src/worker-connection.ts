// The page's end of the worker: Comlink with named errors, and no question that waits for ever.
import { proxy, releaseProxy, transferHandlers, wrap, type Remote } from 'comlink';
import { callListener } from './call-listener.ts';
import { InputError } from './shared/errors.ts';
import type { WorkerApi } from './shared/protocol.ts';
import { namedErrors } from './shared/protocol-errors.ts';
import { within } from './shared/platform.ts';

const SCRIPT_REMEDY =
  "Check the page's Content-Security-Policy (worker-src); a script of another origin must be sent with Access-Control-Allow-Origin";

let errorsAreNamed = false;

export type Question<Value> = (api: Remote<WorkerApi>) => Promise<Value>;

export class WorkerConnection {
  /** The worker itself failed: its script cannot be loaded, or it died. */
  onFailed: (error: Error) => void = () => {};
  readonly #worker: Worker;
  readonly #api: Remote<WorkerApi>;
  /** Rejects what is being asked. A race against one promise for all would keep every answer in memory. */
  readonly #waiting = new Set<(reason: unknown) => void>();
  #over: { readonly reason: unknown } | undefined;
  #failure: Error | undefined;
  #isTerminated = false;

  constructor(worker: Worker) {
    if (!errorsAreNamed) transferHandlers.set('throw', namedErrors(transferHandlers.get('throw')!));
    errorsAreNamed = true;
    this.#worker = worker;
    this.#api = wrap<WorkerApi>(worker);
    worker.onerror = (event) => {
      const error = new InputError('the worker failed', {
        where: event.filename || 'worker',
        got: event.message || 'a script that could not be loaded',
        // A script that ran and failed has a message; one that could not be loaded has none.
        remedy: event.message ? 'Create another extractor' : SCRIPT_REMEDY,
      });
      this.#failure ??= error;
      this.#end(error);
      this.onFailed(error);
    };
  }

  /** Why the worker answers no more, where it failed by itself. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Rejects with what the worker throws, when the worker fails, and with the reason of `terminate`. */
  ask<Value>(question: Question<Value>): Promise<Value> {
    if (this.#over !== undefined) return Promise.reject(this.#over.reason);
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      void question(this.#api)
        .then(resolve, reject)
        .finally(() => this.#waiting.delete(reject));
    });
  }

  /**
   * As `ask`, where the worker tells how far it is. What it told comes by a port of its own and may arrive after the answer, or after the
   * end of the worker; nobody is told then, so that what is over does not look as if it went on.
   */
  async askWithProgress<Value, Told extends unknown[]>(
    onProgress: ((...told: Told) => void) | undefined,
    question: (api: Remote<WorkerApi>, onProgress?: (...told: Told) => void) => Promise<Value>,
  ): Promise<Value> {
    if (onProgress === undefined) return this.ask(question);
    let isOver = false;
    const told = proxy((...args: Told) => {
      if (!isOver) callListener(() => onProgress(...args));
    });
    try {
      return await this.ask((api) => question(api, told));
    } finally {
      isOver = true;
    }
  }

  /** For what must end either way: a worker that hangs or failed keeps the page waiting for a second, no longer. */
  async askPatiently(question: Question<void>): Promise<void> {
    await within(
      1000,
      this.ask(question).catch(() => {}),
      undefined,
    );
  }

  /** Ends the thread at once; whatever is asked rejects with `reason`. Once is enough. */
  terminate(reason: unknown): void {
    if (this.#isTerminated) return;
    this.#isTerminated = true;
    this.#end(reason);
    this.#worker.onerror = null;
    this.#api[releaseProxy]();
    this.#worker.terminate();
  }

  #end(reason: unknown): void {
    this.#over ??= { reason };
    for (const reject of this.#waiting) reject(reason);
    this.#waiting.clear();
  }
}
