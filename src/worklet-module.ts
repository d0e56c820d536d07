// Code for the audio thread, brought into a context once.
import { AudioContextError } from './shared/errors.ts';

export class WorkletModule {
  readonly #source: string;
  readonly #loading = new WeakMap<BaseAudioContext, Promise<void>>();

  /** source: of a script that registers processors. */
  constructor(source: string) {
    this.#source = source;
  }

  /** Resolves when its processors can be made in `context`. Throws AudioContextError. */
  load(context: BaseAudioContext): Promise<void> {
    let loading = this.#loading.get(context);
    if (loading === undefined) {
      loading = this.#add(context);
      this.#loading.set(context, loading);
      // What failed once may work when it is tried again.
      loading.catch(() => this.#loading.delete(context));
    }
    return loading;
  }

  async #add(context: BaseAudioContext): Promise<void> {
    if ((context.audioWorklet as AudioWorklet | undefined) === undefined)
      throw new AudioContextError('has no AudioWorklet', {
        where: 'AudioContext',
        expected: 'a page served over HTTPS or from localhost',
        got: location.origin,
      });
    const url = URL.createObjectURL(new Blob([this.#source], { type: 'text/javascript' }));
    try {
      await context.audioWorklet.addModule(url);
    } catch (error) {
      throw new AudioContextError('the processor could not be loaded', {
        where: 'AudioWorklet',
        got: String(error),
        remedy: "If the page has a Content-Security-Policy, let it load scripts from 'blob:'",
      });
    } finally {
      URL.revokeObjectURL(url);
    }
  }
}
