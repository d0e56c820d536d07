// How much slack a run has: time to compute in, part of the delay.
import { HOP_MS, QUANTUM_SAMPLES } from './shared/audio-constants.ts';
import { InputError } from './shared/errors.ts';

/** For a device that takes its sound quantum by quantum: one of them, to wake up, to compute a step. */
const LEAST_MS = 8;
/** Of a device's burst beyond one quantum; a longer one is a halt of the machine. */
const LONGEST_BURST_MS = 60;
/** What a run gets at a time that misses deadlines for another reason than bursts. */
const MORE_MS = 8;
/** Of a hop's time. Steps that take more leave too little for what goes wrong now and then: later is not sooner enough. */
const BUSY_SHARE = 0.8;
/** Nobody means a slack beyond this, not even on a machine that computes slower than sound comes in; the audio thread keeps as much of the mixture. */
export const MAX_SLACK_MS = 60_000;

/**
 * The slack to start with, at a context's rate. `slackMs`: what was asked for, if anything. `burst`: quanta that the device takes at once.
 * Throws InputError where it cannot be used.
 */
export function slackSamples(slackMs: number | undefined, rateHz: number, burst = 1): number {
  if (slackMs === undefined) {
    const burstMs = Math.min(LONGEST_BURST_MS, (1000 * (burst - 1) * QUANTUM_SAMPLES) / rateHz);
    return Math.round(((LEAST_MS + burstMs) / 1000) * rateHz);
  }
  if (slackMs >= 0 && slackMs <= MAX_SLACK_MS) return Math.round((slackMs / 1000) * rateHz);
  throw new InputError('slack cannot be used', {
    where: 'slackMs',
    expected: `a number from 0 to ${MAX_SLACK_MS}`,
    got: String(slackMs),
  });
}

export interface MoreSlack {
  readonly samples: number;
  readonly why: string;
}

/** What a run sees that misses deadlines again and again. */
export interface ShortRun {
  readonly slackSamples: number;
  readonly rateHz: number;
  /** Quanta that the device takes at once now. */
  readonly burst: number;
  /** Median of the newest steps. */
  readonly stepMs: number;
}

/** More slack for such a run; null where more would not help, or is more than anybody wants. */
export function moreSlack({ slackSamples: samples, rateHz, burst, stepMs }: ShortRun): MoreSlack | null {
  const forBurst = slackSamples(undefined, rateHz, burst);
  const isBusy = stepMs > BUSY_SHARE * HOP_MS;
  const anyway = isBusy
    ? samples
    : Math.min(mostSlackSamples(rateHz), samples + slackSamples(MORE_MS, rateHz));
  if (forBurst > samples && forBurst >= anyway)
    return { samples: forBurst, why: 'the device takes its sound in larger bursts than before' };
  return anyway > samples ? { samples: anyway, why: 'estimates came too late again and again' } : null;
}

/** More than this no run takes by itself. */
export function mostSlackSamples(rateHz: number): number {
  return slackSamples(LEAST_MS + LONGEST_BURST_MS, rateHz);
}
