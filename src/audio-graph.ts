// The audio graph of one run: a source, the processor, the link to the worker.
import processorSource from '../worklet/processor.ts?bundled';
import {
  AudioCounters,
  createCounterBuffer,
  type AudioCounts,
  type Levels,
} from './shared/audio-counters.ts';
import { InputError } from './shared/errors.ts';
import { within } from './shared/platform.ts';
import {
  PROCESSOR_NAME,
  type AudioLink,
  type FromProcessor,
  type MissedPolicy,
  type ProcessorOptions,
  type ToProcessor,
} from './shared/protocol.ts';
import { canWaitAsync, createRingBuffer } from './shared/ring.ts';
import { WorkletModule } from './worklet-module.ts';

const TRANSPORTS = ['ring', 'port'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** A quarter of a second: far more than is ever under way, so that only a worker that stands still can fill it. */
const LINK_S = 0.25;

/** Shared memory where the page may have it and a worker can be woken through it; messages elsewhere. */
export function bestTransport(): Transport {
  return crossOriginIsolated && canWaitAsync() ? 'ring' : 'port';
}

/** Throws InputError where there is no such one, and where the page cannot have it. */
export function checkTransport(transport: Transport): void {
  if (!TRANSPORTS.includes(transport))
    throw new InputError('there is no such transport', {
      where: 'transport',
      expected: TRANSPORTS.map((name) => `'${name}'`).join(' or '),
      got: `'${String(transport)}'`,
    });
  if (transport === 'port' || (typeof SharedArrayBuffer === 'function' && canWaitAsync())) return;
  throw new InputError('shared memory is not to be had', {
    where: 'transport',
    expected: 'a page that is cross-origin isolated, in a browser that has Atomics.waitAsync',
    got:
      typeof SharedArrayBuffer === 'function'
        ? "'ring' in a browser without it"
        : "'ring' on a page that is not",
    remedy: "Send it with COOP and COEP (docs/embedding.md), or leave `transport` out: 'port' needs neither",
  });
}

/** How long the page waits for the audio thread's figures. */
const ANSWER_MS = 500;

// Said to have no effect, so that bundles that do not use it are spared the source.
const processor = /* @__PURE__ */ new WorkletModule(processorSource);

/** Loads the processor into a context, once. Throws AudioContextError. */
export function loadProcessor(context: BaseAudioContext): Promise<void> {
  return processor.load(context);
}

export interface GraphOptions {
  readonly context: BaseAudioContext;
  readonly transport: Transport;
  readonly delaySamples: number;
  readonly missedPolicy: MissedPolicy;
  readonly bypass: boolean;
  readonly strength: number;
  /** Hands the worker its end. Ends before the first sample moves. */
  attach(link: AudioLink): Promise<unknown>;
}

export class AudioGraph {
  readonly node: AudioWorkletNode;
  #counters: AudioCounters;
  readonly #shared: boolean;
  #isStopped = false;
  /** Resolves with the answer to the question that is under way. */
  #answered: Promise<void> | undefined;
  #onAnswer = () => {};
  #onLast = () => {};
  #onGrown: (frame: number) => void = () => {};

  /** The processor must be loaded into the context. */
  static async create(options: GraphOptions): Promise<AudioGraph> {
    const { context, transport, attach, ...rest } = options;
    const capacity = Math.ceil(LINK_S * context.sampleRate) + options.delaySamples;
    if (transport === 'ring') {
      const counters = createCounterBuffer(true) as SharedArrayBuffer;
      const link: AudioLink = {
        kind: 'ring',
        capture: createRingBuffer(capacity),
        playback: createRingBuffer(capacity),
      };
      await attach(link);
      return new AudioGraph(context, { ...rest, counters, link }, counters);
    }
    const { port1, port2 } = new MessageChannel();
    await attach({ kind: 'port', port: port1, capacity });
    const graph = new AudioGraph(context, rest, createCounterBuffer(false));
    graph.#post({ type: 'link', port: port2, capacity }, [port2]);
    return graph;
  }

  private constructor(
    context: BaseAudioContext,
    processorOptions: ProcessorOptions,
    counters: SharedArrayBuffer | ArrayBuffer,
  ) {
    this.#counters = new AudioCounters(counters);
    this.#shared = processorOptions.counters !== undefined;
    this.node = new AudioWorkletNode(context, PROCESSOR_NAME, {
      numberOfInputs: 1,
      numberOfOutputs: 1,
      outputChannelCount: [1],
      processorOptions,
    });
    this.node.port.onmessage = ({ data }: MessageEvent<FromProcessor>) => {
      if (data.type === 'grown') return this.#onGrown(data.frame);
      this.#counters = new AudioCounters(data.buffer);
      if (data.isLast) this.#onLast();
      if (this.#isStopped) return;
      this.#answered = undefined;
      this.#onAnswer();
    };
  }

  /** Between both, once. The processor begins when it has both, so a page that is held up in between loses nothing of what was begun. */
  connect(entry: AudioNode, exit: AudioNode): void {
    this.node.connect(exit);
    entry.connect(this.node);
    this.#post({ type: 'begin' });
  }

  setBypass(value: boolean): void {
    this.#post({ type: 'bypass', value });
  }

  setStrength(value: number): void {
    this.#post({ type: 'strength', value });
  }

  setMissedPolicy(value: MissedPolicy): void {
    this.#post({ type: 'missedPolicy', value });
  }

  /**
   * A longer delay, of which the worker knows. Resolves to the context's frame from which on nothing is played for as long as it grew; never,
   * where the graph is stopped before.
   */
  growDelay(value: number): Promise<number> {
    const grown = new Promise<number>((resolve) => (this.#onGrown = resolve));
    this.#post({ type: 'growDelay', value });
    return grown;
  }

  /** As of now; where no memory is shared and the audio thread does not answer (a suspended context), as it last answered. */
  async counts(): Promise<AudioCounts> {
    if (!this.#shared) {
      this.#refresh();
      if (this.#answered !== undefined) await within(ANSWER_MS, this.#answered, undefined);
    }
    return this.#counters.counts();
  }

  /** Where no memory is shared: as of the call before, at most. */
  levels(): Levels {
    this.#refresh();
    return this.#counters.levels();
  }

  /** The processor ends and lets go of its link; the counts stay as they are then. */
  stop(): void {
    const last = new Promise<void>((resolve) => (this.#onLast = resolve));
    this.#post({ type: 'stop' });
    this.#isStopped = true;
    this.node.disconnect();
    if (this.#shared) this.#close();
    else this.#answered = within(ANSWER_MS, last, undefined).then(() => this.#close());
  }

  #close(): void {
    this.#answered = undefined;
    this.node.port.onmessage = null;
    this.node.port.close();
  }

  #refresh(): void {
    if (this.#shared || this.#isStopped || this.#answered !== undefined) return;
    this.#answered = new Promise((resolve) => (this.#onAnswer = resolve));
    this.#post({ type: 'counters' });
  }

  #post(message: ToProcessor, transfer: Transferable[] = []): void {
    this.node.port.postMessage(message, transfer);
  }
}
