// The live path of an extractor: what goes in, what comes out, the run between them, and the settings that outlive it.
import { transfer } from 'comlink';
import { closeContext } from './audio-context.ts';
import { bestTransport, type AudioGraph, type GraphOptions, type Transport } from './audio-graph.ts';
import type { Emitter } from './emitter.ts';
import type { ExtractorEvents } from './events.ts';
import { InOrder } from './in-order.ts';
import type { ExtractorInput } from './input.ts';
import { measureBurst } from './measure-burst.ts';
import { checkMissedPolicy } from './missed-policy.ts';
import type { ExtractorOptions } from './options.ts';
import { Run } from './run.ts';
import { extractorLagSamples } from './shared/audio-lag.ts';
import type { AudioCounts } from './shared/audio-counters.ts';
import { AbortError } from './shared/errors.ts';
import type { AudioLink, MissedPolicy } from './shared/protocol.ts';
import { moreSlack, mostSlackSamples, slackSamples } from './slack.ts';
import type { ExtractorStats } from './stats.ts';
import { checkStrength } from './strength.ts';
import { unlessAborted } from './unless-aborted.ts';
import type { WorkerConnection } from './worker-connection.ts';

/** What the live path asks of its extractor. */
export interface LivePathOwner {
  readonly emitter: Emitter<ExtractorEvents>;
  /** Throws where a run cannot begin. */
  checkReady(): void;
  stats(): Promise<ExtractorStats>;
  onFailed(error: Error): void;
}

export class LivePath {
  /** For the page, which may connect and disconnect them as it likes: nothing of the run hangs on them. */
  readonly input: GainNode;
  readonly output: GainNode;
  readonly transport: Transport;
  readonly #context: AudioContext;
  readonly #ownsContext: boolean;
  readonly #connection: WorkerConnection;
  readonly #owner: LivePathOwner;
  readonly #entry: GainNode;
  readonly #exit: GainNode;
  #stream: MediaStreamAudioDestinationNode;
  readonly #options: ExtractorOptions;
  readonly #lagSamples: number;
  /** Of the run; before the first, the least. */
  #slackSamples: number;
  #run: Run | undefined;
  /** Of the run, or of the one before. */
  #lastGraph: AudioGraph | undefined;
  /** Starts and stops. */
  readonly #queue = new InOrder();
  #newest = new AbortController();
  #isReleased = false;
  #bypass = false;
  #strength: number;
  #missedPolicy: MissedPolicy;

  /** Throws InputError where an option cannot be used. */
  constructor(
    options: ExtractorOptions,
    context: AudioContext,
    connection: WorkerConnection,
    owner: LivePathOwner,
  ) {
    this.#options = options;
    this.#lagSamples = extractorLagSamples(context.sampleRate);
    this.#context = context;
    this.#ownsContext = options.context === undefined;
    this.#connection = connection;
    this.#owner = owner;
    this.#missedPolicy = checkMissedPolicy(options.missedPolicy ?? 'conceal');
    this.#strength = checkStrength(options.strength ?? 1);
    this.#slackSamples = slackSamples(options.slackMs, context.sampleRate);
    this.transport = options.transport ?? bestTransport();
    this.#entry = new GainNode(context);
    this.#exit = new GainNode(context);
    this.input = new GainNode(context);
    this.output = new GainNode(context);
    this.#entry.connect(this.input);
    this.#exit.connect(this.output);
    this.#stream = this.#newStream();
  }

  /** Another one where the page has stopped the one before, which brings nothing any more. */
  get track(): MediaStreamTrack {
    const isOver = this.#isReleased || this.#context.state === 'closed';
    if (trackOf(this.#stream).readyState === 'ended' && !isOver) {
      this.#exit.disconnect(this.#stream);
      this.#stream = this.#newStream();
    }
    return trackOf(this.#stream);
  }

  get delaySamples(): number {
    return this.#lagSamples + this.#slackSamples;
  }

  get isRunning(): boolean {
    return this.#run !== undefined;
  }

  get interruption(): string | null {
    return this.#run?.interruption ?? null;
  }

  get graph(): AudioGraph | undefined {
    return this.#run?.graph;
  }

  /** Of the run, or of the one before; undefined before the first. */
  async counts(): Promise<AudioCounts | undefined> {
    return this.#lastGraph?.counts();
  }

  get bypass(): boolean {
    return this.#bypass;
  }

  set bypass(value: boolean) {
    this.#bypass = value;
    this.graph?.setBypass(value);
  }

  get strength(): number {
    return this.#strength;
  }

  set strength(value: number) {
    this.#strength = checkStrength(value);
    this.graph?.setStrength(value);
  }

  get missedPolicy(): MissedPolicy {
    return this.#missedPolicy;
  }

  set missedPolicy(value: MissedPolicy) {
    this.#missedPolicy = checkMissedPolicy(value);
    this.graph?.setMissedPolicy(value);
  }

  /** What runs ends before. `onEnded`: the input ended by itself. */
  start(input: ExtractorInput | undefined, onEnded: (error: Error) => void): Promise<void> {
    return this.#inOrder((signal) => this.#start(input, signal, onEnded));
  }

  stop(): Promise<void> {
    return this.#inOrder(() => this.#stop());
  }

  /** After the last stop. */
  async release(): Promise<void> {
    this.#isReleased = true;
    this.track.stop();
    for (const node of [this.#entry, this.#exit, this.input, this.output]) node.disconnect();
    if (this.#ownsContext) await closeContext(this.#context);
  }

  async #start(
    input: ExtractorInput | undefined,
    signal: AbortSignal,
    onEnded: (error: Error) => void,
  ): Promise<void> {
    await this.#stop();
    const { emitter, checkReady, stats, onFailed } = this.#owner;
    checkReady();
    try {
      this.#run = await Run.start({
        context: this.#context,
        ownsContext: this.#ownsContext,
        graph: () => this.#graphOptions(signal),
        input,
        entry: this.#entry,
        exit: this.#exit,
        emitter,
        signal,
        readStats: stats,
        onShort: this.#options.slackMs === undefined ? (run) => this.#growSlack(run) : undefined,
        onEnded,
        onFailed,
      });
    } catch (error) {
      await this.#connection.askPatiently((api) => api.detach());
      throw error;
    }
    this.#lastGraph = this.#run.graph;
    // They may have been changed while the user was asked for the microphone.
    this.bypass = this.#bypass;
    this.strength = this.#strength;
    this.missedPolicy = this.#missedPolicy;
    emitter.emit('statechange', { state: 'running' });
  }

  async #graphOptions(signal: AbortSignal): Promise<GraphOptions> {
    if (this.#options.slackMs === undefined) {
      const burst = await unlessAborted(signal, measureBurst(this.#context));
      this.#slackSamples = slackSamples(undefined, this.#context.sampleRate, burst);
    }
    return {
      context: this.#context,
      transport: this.transport,
      delaySamples: this.delaySamples,
      missedPolicy: this.#missedPolicy,
      bypass: this.#bypass,
      strength: this.#strength,
      attach: (link) => unlessAborted(signal, this.#attach(link)),
    };
  }

  /** For a run that misses deadlines again and again. False where it has ended, or more slack would not help. */
  async #growSlack(run: Run): Promise<boolean> {
    const { sampleRate: rateHz } = this.#context;
    const before = this.#slackSamples;
    const isOver = () => run !== this.#run;
    if (isOver() || before >= mostSlackSamples(rateHz)) return false;
    const burst = await measureBurst(this.#context);
    const { step } = await this.#owner.stats();
    const more = moreSlack({ slackSamples: before, rateHz, burst, stepMs: step?.p50 ?? 0 });
    if (more === null || isOver()) return false;
    await this.#connection.ask((api) => api.growSlack(more.samples));
    const frame = await run.graph.growDelay(this.#lagSamples + more.samples);
    if (isOver()) return false;
    this.#slackSamples = more.samples;
    const latencySamples = this.delaySamples;
    this.#owner.emitter.emit('latencychange', {
      latencySamples,
      latencyMs: (1000 * latencySamples) / rateHz,
      grownSamples: more.samples - before,
      frame,
      why: more.why,
    });
    return true;
  }

  async #stop(): Promise<void> {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    run.stop();
    await this.#connection.askPatiently((api) => api.detach());
    this.#owner.emitter.emit('statechange', { state: 'stopped' });
  }

  #attach(link: AudioLink): Promise<void> {
    this.#lastGraph = undefined;
    const handed = link.kind === 'port' ? transfer(link, [link.port as MessagePort]) : link;
    return this.#connection.ask((api) => api.attach(handed, this.#context.sampleRate, this.#slackSamples));
  }

  /** `task` gets a signal that aborts when another is put behind it. */
  #inOrder(task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#newest.abort(new AbortError('was stopped before it ran', { where: 'start' }));
    const { signal } = (this.#newest = new AbortController());
    return this.#queue.run(() => task(signal));
  }

  #newStream(): MediaStreamAudioDestinationNode {
    const stream = new MediaStreamAudioDestinationNode(this.#context, { channelCount: 1 });
    this.#exit.connect(stream);
    return stream;
  }
}

function trackOf({ stream }: MediaStreamAudioDestinationNode): MediaStreamTrack {
  return stream.getAudioTracks()[0];
}
