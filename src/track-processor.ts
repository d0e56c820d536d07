// The shape in which call libraries take audio processors (LiveKit's TrackProcessor), without depending on one.
import { createExtractor } from './create-extractor.ts';
import type { Extractor } from './extractor.ts';
import { InOrder } from './in-order.ts';
import type { ExtractorOptions } from './options.ts';
import { MAX_RATE_HZ, MIN_RATE_HZ } from './shared/audio-constants.ts';
import { AbortError, InputError } from './shared/errors.ts';
import type { Clue } from './shared/protocol.ts';

export interface TrackProcessorOptions extends Omit<ExtractorOptions, 'context'> {
  /** Whom to follow, as `setClue` takes it. Needed unless `extractor` has one. */
  readonly clue?: Clue | Float32Array;
  /** One that is there already, and stays: `destroy` only stops it. Without it `init` creates one and `destroy` disposes of it. */
  readonly extractor?: Extractor;
}

/** What the call library hands over. */
export interface TrackProcessorInit {
  readonly kind: string;
  readonly track: MediaStreamTrack;
  /** Is used and left open; ignored where an extractor was given, which has its own. */
  readonly audioContext?: AudioContext;
  readonly element?: HTMLMediaElement;
}

export interface AudioTrackProcessor {
  readonly name: string;
  /** Carries the estimate between `init` and `destroy`; the same over restarts. Stopping it ends nothing else. */
  processedTrack?: MediaStreamTrack;
  /** Between `init` and `destroy`: for strength, bypass, figures, events. */
  readonly extractor: Extractor | undefined;
  /**
   * Rejects as createExtractor and `start` do, with InputError where no clue is set, with ClueMismatchError where it does not fit,
   * with AbortError where `destroy` comes before it runs; nothing stays behind then.
   */
  init(options: TrackProcessorInit): Promise<void>;
  /** Another track in the place of the one before. */
  restart(options: TrackProcessorInit): Promise<void>;
  destroy(): Promise<void>;
}

/** Creates nothing and touches nothing before `init`. */
export function createTrackProcessor(options: TrackProcessorOptions = {}): AudioTrackProcessor {
  return new TrackProcessor(options);
}

class TrackProcessor implements AudioTrackProcessor {
  readonly name = 'crossmamba-web';
  processedTrack?: MediaStreamTrack;
  extractor: Extractor | undefined;
  readonly #options: TrackProcessorOptions;
  readonly #queue = new InOrder();
  /** Of what `init` creates. */
  #creating = new AbortController();

  constructor(options: TrackProcessorOptions) {
    this.#options = options;
  }

  async init(init: TrackProcessorInit): Promise<void> {
    checkKind(init);
    const { signal } = this.#creating;
    return this.#queue.run(() => this.#init(init, signal));
  }

  async restart(init: TrackProcessorInit): Promise<void> {
    checkKind(init);
    const { signal } = this.#creating;
    return this.#queue.run(async () => {
      if (this.extractor === undefined) await this.#init(init, signal);
      else await this.extractor.start(new MediaStream([init.track]));
    });
  }

  destroy(): Promise<void> {
    this.#creating.abort(new AbortError('was destroyed before it ran', { where: 'track processor' }));
    this.#creating = new AbortController();
    return this.#queue.run(() => this.#destroy());
  }

  async #init(init: TrackProcessorInit, destroyed: AbortSignal): Promise<void> {
    destroyed.throwIfAborted();
    await this.#destroy();
    const { extractor: given, clue, ...rest } = this.#options;
    const signal = rest.signal === undefined ? destroyed : AbortSignal.any([rest.signal, destroyed]);
    const extractor = given ?? (await createExtractor({ ...rest, ...contextFor(init, rest.rateHz), signal }));
    try {
      if (clue !== undefined) await extractor.setClue(clue);
      await extractor.start(new MediaStream([init.track]));
    } catch (error) {
      if (given === undefined) await extractor.dispose();
      throw error;
    }
    this.extractor = extractor;
    // The call library may stop it, which would end the extractor's own track for good.
    this.processedTrack = extractor.track.clone();
  }

  async #destroy(): Promise<void> {
    const { extractor } = this;
    this.processedTrack?.stop();
    this.extractor = undefined;
    this.processedTrack = undefined;
    if (extractor === this.#options.extractor) await extractor?.stop();
    else await extractor?.dispose();
  }
}

/** The library's context; else one at the rate that was asked for, or at the track's own, which every browser brings in. */
function contextFor(
  { audioContext, track }: TrackProcessorInit,
  wantedHz: number | undefined,
): Pick<ExtractorOptions, 'context' | 'rateHz'> {
  if (audioContext !== undefined) return { context: audioContext };
  if (wantedHz !== undefined) return { rateHz: wantedHz };
  const { sampleRate } = track.getSettings();
  const isUsable = sampleRate !== undefined && sampleRate >= MIN_RATE_HZ && sampleRate <= MAX_RATE_HZ;
  return isUsable ? { rateHz: sampleRate } : {};
}

function checkKind({ kind, track }: TrackProcessorInit): void {
  if (kind === 'audio' && track.kind === 'audio') return;
  throw new InputError('only sound can be processed', {
    where: 'track processor',
    expected: "kind 'audio'",
    got: `kind '${kind}', a track of kind '${track.kind}'`,
  });
}
