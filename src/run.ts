// One run of an extractor: its input, its graph, its watches; from start to stop.
import { AudioGraph, type GraphOptions } from './audio-graph.ts';
import { closedContext, resumeContext, watchContext } from './audio-context.ts';
import type { Emitter } from './emitter.ts';
import type { ExtractorEvents } from './events.ts';
import { QUANTUM_SAMPLES } from './shared/audio-constants.ts';
import { Interruptions } from './interruptions.ts';
import { openInput, type ExtractorInput, type OpenInput } from './input.ts';
import type { MicrophoneError } from './shared/errors.ts';
import { SlackWatch } from './slack-watch.ts';
import type { ExtractorStats } from './stats.ts';
import { StatsTicker } from './stats-ticker.ts';

export interface RunOptions {
  readonly context: AudioContext;
  /** Asked when the input is open: a microphone may change how the device takes its sound. */
  graph(): Promise<GraphOptions>;
  /** The context is the extractor's own: it brings it back when the browser halts it. */
  readonly ownsContext: boolean;
  readonly input: ExtractorInput | undefined;
  /** What the input is connected to, and what the estimate comes out of. */
  readonly entry: AudioNode;
  readonly exit: AudioNode;
  readonly emitter: Emitter<ExtractorEvents>;
  /** Ends the waiting for the user's permission to use the microphone. */
  readonly signal: AbortSignal;
  readStats(): Promise<ExtractorStats>;
  /** Deadlines are missed again and again. Resolves to whether anything was done about it; left out where nothing is to be done. */
  readonly onShort: ((run: Run) => Promise<boolean>) | undefined;
  /** The input ended by itself. */
  onEnded(error: MicrophoneError): void;
  /** It cannot go on. */
  onFailed(error: Error): void;
}

export class Run {
  readonly graph: AudioGraph;
  readonly #ticker: StatsTicker;
  readonly #interruptions: Interruptions;
  readonly #endings: (() => void)[] = [];

  /** Throws MicrophoneError, AudioContextError, InputError or what `attach` throws; nothing runs then. */
  static async start(options: RunOptions): Promise<Run> {
    await resumeContext(options.context);
    const early: ((run: Run) => void)[] = [];
    let tell = (what: (run: Run) => void): void => {
      early.push(what);
    };
    const input = await openInput(
      options.input,
      { context: options.context, node: options.entry, signal: options.signal },
      {
        onEnded: (error) => tell(() => options.onEnded(error)),
        onInterrupted: (why) => tell((run) => run.#interruptions.begin('input', why)),
        onResumed: () => tell((run) => run.#interruptions.end('input')),
        onOpened: (microphone) =>
          tell((run) => {
            run.#interruptions.end('input');
            options.emitter.emit('inputchange', microphone);
          }),
      },
    );
    try {
      const run = new Run(options, await AudioGraph.create(await options.graph()), input);
      tell = (what) => what(run);
      early.forEach(tell);
      return run;
    } catch (error) {
      input.close();
      // What a closed context refuses, it refuses in the browser's words.
      throw options.context.state === 'closed' ? closedContext() : error;
    }
  }

  private constructor(options: RunOptions, graph: AudioGraph, input: OpenInput) {
    const { context, entry, exit, emitter, onShort } = options;
    this.#interruptions = new Interruptions((event) => emitter.emit('interruption', event));
    this.graph = graph;
    graph.connect(entry, exit);
    this.#ticker = new StatsTicker(emitter, () => options.readStats());
    const forgetContext = watchContext(context, options.ownsContext, {
      onInterrupted: (why) => this.#interruptions.begin('context', why),
      onResumed: () => this.#interruptions.end('context'),
      onClosed: (error) => options.onFailed(error),
    });
    this.#endings.push(
      forgetContext,
      () => input.close(),
      () => entry.disconnect(graph.node),
      () => graph.stop(),
      () => this.#ticker.stop(),
    );
    if (onShort === undefined) return;
    const watch = new SlackWatch({
      async missed() {
        const { missedQuanta, quanta } = await graph.counts();
        return { deadlines: missedQuanta, soundS: (quanta * QUANTUM_SAMPLES) / context.sampleRate };
      },
      onShort: () => onShort(this),
    });
    this.#endings.push(() => watch.stop());
  }

  /** Why nothing goes through although it runs; null where all is well. */
  get interruption(): string | null {
    return this.#interruptions.why;
  }

  /** Nothing is told any more, nothing stays connected. */
  stop(): void {
    for (const end of this.#endings.splice(0)) end();
  }
}
