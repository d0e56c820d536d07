// The two measurements of <latency-meter>, one at a time: the added delay and the loop. Keeps what they found.
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { measureLoop, type LoopRig } from '../../src/latency/loop.ts';
import { measureNodeDelay } from '../../src/latency/node-delay.ts';
import type { LoopReport, LoopTake, NodeDelay } from '../../src/shared/latency-report.ts';
import type { Extractor } from '../../src/index.ts';
import { needClue } from './noise.ts';
import { sentence } from '../shared/sentence.ts';

export type MeasurementName = 'node' | 'loop';

export class LatencyMeasurements implements ReactiveController {
  node: NodeDelay | null = null;
  loop: LoopReport | null = null;
  /** Of the loop, also while it is being measured. */
  takes: readonly LoopTake[] = [];
  /** How many takes there will be. */
  repeats = 0;
  underWay: MeasurementName | null = null;
  /** What went wrong with the last one, in a sentence. */
  error: { readonly in: MeasurementName; readonly text: string } | null = null;
  readonly #host: ReactiveControllerHost;
  #abort = new AbortController();

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.cancel();
  }

  cancel(): void {
    this.#abort.abort();
  }

  /** Another extractor is there: what is being measured of the one before is of no use any more. */
  forgetNode(): void {
    this.node = null;
    if (this.underWay === 'node') this.cancel();
  }

  measureNode(extractor: Extractor): Promise<void> {
    return this.#measure('node', async (signal) => {
      this.node = null;
      const forgetClue = await needClue(extractor);
      try {
        const node = await measureNodeDelay(extractor, { signal });
        signal.throwIfAborted();
        this.node = node;
      } finally {
        forgetClue();
      }
    });
  }

  measureLoop(open: () => Promise<LoopRig>): Promise<void> {
    return this.#measure('loop', async (signal) => {
      this.loop = null;
      this.takes = [];
      this.loop = await measureLoop({
        open,
        signal,
        onTake: (take, _, repeats) => {
          this.takes = [...this.takes, take];
          this.repeats = repeats;
          this.#host.requestUpdate();
        },
      });
    });
  }

  async #measure(name: MeasurementName, task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.underWay !== null) return;
    this.underWay = name;
    this.error = null;
    this.repeats = 0;
    const { signal } = (this.#abort = new AbortController());
    this.#host.requestUpdate();
    try {
      await task(signal);
    } catch (error) {
      if (signal.aborted) this.takes = name === 'loop' ? [] : this.takes;
      else this.error = { in: name, text: sentence(error) };
    } finally {
      this.underWay = null;
      this.#host.requestUpdate();
    }
  }
}
