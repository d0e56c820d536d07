// What <live-monitor> would see of a recorded case, look by look, through the audio thread's own path; and what is true.
import { extractorLagSamples } from '../../src/shared/audio-lag.ts';
import { AudioCounters, createCounterBuffer } from '../../src/shared/audio-counters.ts';
import { amplitudeDb, levelsDb } from '../../src/shared/decibels.ts';
import type { Segment } from '../../cli/segments.ts';
import { LOOK_EVERY_MS } from '../../elements/live-monitor/looks.ts';
import { AudioPath } from '../../worklet/audio-path.ts';
import { NOWHERE, readerOf } from '../shared/whole-playback.ts';

/**
 * `target`: it sounds. `pause`: its turn, but it does not sound. `other`: another speaks. `nobody`: a pause between turns.
 * `silent`: it does not sound, and nothing says whose turn it is.
 */
export type Truth = 'target' | 'pause' | 'other' | 'nobody' | 'silent';

export interface Look {
  /** Samples of the mixture that came in before it. */
  readonly samples: number;
  /** RMS as shown, dBFS. */
  readonly mixtureDb: number;
  readonly estimateDb: number;
  readonly truth: Truth;
}

export interface SpeakingCase {
  readonly kind: string;
  readonly rateHz: number;
  readonly mixture: Float32Array;
  readonly estimate: Float32Array;
  readonly target: Float32Array;
  /** Whose turn it is; undefined where the case has no segments. */
  readonly segments: readonly Segment[] | undefined;
}

const SLACK_S = 0.008;
const QUANTUM = 128;
const TENTH_S = 0.1;
/** A tenth of a second sounds where it is at most so far below the loudest one. */
const SOUNDS_WITHIN_DB = 30;
/** A target that is nowhere louder is not there. */
const ABSENT_DBFS = -80;

/** The truth is that of what is played at the look: the tenth of a second before, so that the meter's own lag counts as an error. */
export function looksOf(recorded: SpeakingCase): Look[] {
  const { rateHz, mixture, estimate } = recorded;
  const delaySamples = extractorLagSamples(rateHz) + Math.round(SLACK_S * rateHz);
  const counters = new AudioCounters(createCounterBuffer(false));
  const path = new AudioPath({
    ...{ rateHz, delaySamples, counters, missedPolicy: 'silence', bypass: false, strength: 1 },
  });
  path.connect(NOWHERE, readerOf(estimate));
  const truthAt = truthOf(recorded);
  const lookEvery = (LOOK_EVERY_MS / 1000) * rateHz;
  const output = [new Float32Array(QUANTUM)];
  const looks: Look[] = [];
  for (let end = QUANTUM; end <= mixture.length; end += QUANTUM) {
    path.process([mixture.subarray(end - QUANTUM, end)], output);
    if (Math.floor(end / lookEvery) === Math.floor((end - QUANTUM) / lookEvery)) continue;
    const { inputRms, outputRms } = counters.levels();
    looks.push({
      samples: end,
      mixtureDb: amplitudeDb(inputRms),
      estimateDb: amplitudeDb(outputRms),
      truth: truthAt(end - delaySamples),
    });
  }
  return looks;
}

/** Sample that is played → truth. */
function truthOf({ target, rateHz, segments }: SpeakingCase): (played: number) => Truth {
  const tenth = Math.round(TENTH_S * rateHz);
  let loudestDb = -Infinity;
  for (let end = tenth; end <= target.length; end += tenth)
    loudestDb = Math.max(loudestDb, levelsDb(target.subarray(end - tenth, end)).rmsDb);
  const soundsAboveDb = loudestDb < ABSENT_DBFS ? Infinity : loudestDb - SOUNDS_WITHIN_DB;
  return (played) => {
    const start = Math.max(0, played - tenth);
    const sounds = levelsDb(target.subarray(start, Math.max(start, played))).rmsDb > soundsAboveDb;
    if (segments === undefined) return sounds ? 'target' : 'silent';
    const middleS = (start + played) / 2 / rateHz;
    const who = segments.find(({ fromS, toS }) => fromS <= middleS && middleS < toS)?.who ?? [];
    if (who.includes('target')) return sounds ? 'target' : 'pause';
    return who.includes('other') ? 'other' : 'nobody';
  };
}
