// The whole loop, loudspeaker to microphone: a known sequence is played and heard again, many times, with context and microphone opened
// anew in between, because every opening may end up with another delay.
import { judgeTake, summariseLoop } from '../shared/latency-loop.ts';
import type { Claims, LoopReport, LoopTake } from '../shared/latency-report.ts';
import { maximumLengthSequence } from '../shared/latency-sequence.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { probe } from './probe.ts';

/** A loudspeaker and a microphone, opened. */
export interface LoopRig {
  /** Runs. */
  readonly context: AudioContext;
  /** What is connected here is played. */
  readonly loudspeaker: AudioNode;
  readonly microphone: AudioNode;
  /** What the browser says of the microphone, milliseconds. */
  readonly microphoneLatencyMs: number | null;
  close(): Promise<void>;
}

export interface LoopOptions {
  open(): Promise<LoopRig>;
  /** Times that the sequence is played (20), spread over so many openings (5). */
  readonly repeats?: number;
  readonly openings?: number;
  readonly signal?: AbortSignal;
  /** After every repetition. */
  onTake?(take: LoopTake, done: number, repeats: number): void;
}

const ORDER = 14;
/** −12 dB of full scale: loud enough to stand out of a room's noise by correlation, not so loud as to hurt. */
const AMPLITUDE = 0.25;
/** The longest delay that is looked for; what one transform holds may be less. */
const LONGEST_S = 1;
const MOST_SAMPLES = 65_536;
/** A microphone's first moments are silence or a click in many systems. */
const SETTLE_MS = 400;

/** Rejects with what `open` rejects with, with AudioContextError where a context stands still, or with the signal's reason. */
export async function measureLoop(options: LoopOptions): Promise<LoopReport> {
  const { open, repeats = 20, openings = 5, signal, onTake } = options;
  const forwards = maximumLengthSequence(ORDER).map((value) => AMPLITUDE * value);
  // In turn, so that one that is heard very late is not taken for the next.
  const sequences = [forwards, forwards.toReversed()];
  const takes: LoopTake[] = [];
  let claims: Claims | undefined;
  for (let opening = 0; opening < openings; opening++) {
    const rig = await opened(open, signal);
    const { context, loudspeaker, microphone } = rig;
    const source = new GainNode(context);
    source.connect(loudspeaker);
    try {
      await settle(signal);
      const rateHz = context.sampleRate;
      const samples = Math.min(MOST_SAMPLES, forwards.length + Math.round(LONGEST_S * rateHz));
      const end = Math.round((repeats * (opening + 1)) / openings);
      while (takes.length < end) {
        const sequence = sequences[takes.length % 2];
        const places = [source, microphone];
        const [played, heard] = await probe({ context, sequence, into: source, places, samples, signal });
        takes.push(judgeTake(played, heard, sequence, rateHz, opening));
        onTake?.(takes.at(-1)!, takes.length, repeats);
      }
      claims = claimsOf(rig);
    } finally {
      source.disconnect();
      await rig.close();
    }
  }
  return summariseLoop(takes, claims!);
}

/** A rig that comes when it is not wanted any more (the user answers late) is closed. */
async function opened(open: () => Promise<LoopRig>, signal: AbortSignal | undefined): Promise<LoopRig> {
  if (signal === undefined) return open();
  signal.throwIfAborted();
  const opening = open();
  try {
    return await unlessAborted(signal, opening);
  } catch (error) {
    void opening.then(
      (rig) => rig.close(),
      () => {},
    );
    throw error;
  }
}

/** What the browser claims of a context and a microphone. */
export function claimsOf({
  context,
  microphoneLatencyMs,
}: Pick<LoopRig, 'context' | 'microphoneLatencyMs'>): Claims {
  return {
    rateHz: context.sampleRate,
    baseLatencyMs: milliseconds(context.baseLatency),
    // Not in every browser.
    outputLatencyMs: milliseconds(context.outputLatency as number | undefined),
    microphoneLatencyMs,
  };
}

function milliseconds(seconds: number | undefined): number | null {
  return seconds === undefined || !Number.isFinite(seconds) ? null : 1000 * seconds;
}

async function settle(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  signal?.throwIfAborted();
}
