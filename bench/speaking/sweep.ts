// How often thresholds of <live-monitor> are right, and which are best.
import { LOOK_EVERY_MS } from '../../elements/live-monitor/looks.ts';
import { TargetSpeaking, type SpeakingThresholds } from '../../elements/live-monitor/target-speaking.ts';
import { Unheard } from '../../elements/live-monitor/unheard.ts';
import type { Look, Truth } from './looks.ts';

export interface SpeakingScore {
  /** Looks by truth, and how many of them say "speaks". */
  readonly looks: Readonly<Record<Truth, number>>;
  readonly speaks: Readonly<Record<Truth, number>>;
  /** How often it begins or ends, per minute. */
  readonly changesPerMinute: number;
}

const NOT_SPEAKING: readonly Truth[] = ['other', 'nobody', 'silent'];
/** What a rarer change may cost of the balanced accuracy. */
const FLICKER_COSTS = 0.005;

const none = (): Record<Truth, number> => ({ target: 0, pause: 0, other: 0, nobody: 0, silent: 0 });

/** Cases of looks → their score, all looks alike. */
export function scoreOf(cases: readonly (readonly Look[])[], thresholds: SpeakingThresholds): SpeakingScore {
  const [looks, speaks] = [none(), none()];
  let changes = 0;
  let total = 0;
  for (const one of cases) {
    const speaking = new TargetSpeaking(thresholds);
    let before = false;
    for (const { mixtureDb, estimateDb, truth } of one) {
      const now = speaking.look(mixtureDb, estimateDb);
      looks[truth]++;
      if (now) speaks[truth]++;
      if (now !== before) changes++;
      before = now;
      total++;
    }
  }
  return { looks, speaks, changesPerMinute: changes / ((total * LOOK_EVERY_MS) / 60_000) };
}

/** Samples of the mixture that came in → how alike the newest of them and the enrolled voice are. */
export type SimilarityAt = (samples: number) => number | null;

/** Whether the element asks anywhere in a case if it is the enrolled person who goes unheard. */
export async function asksIn(
  looks: readonly Look[],
  thresholds: SpeakingThresholds,
  similarityAt: SimilarityAt,
): Promise<boolean> {
  let heard = 0;
  const speaking = new TargetSpeaking(thresholds);
  const unheard = new Unheard(async () => similarityAt(heard));
  for (const { samples, mixtureDb, estimateDb } of looks) {
    heard = samples;
    if (unheard.look(mixtureDb, speaking.look(mixtureDb, estimateDb))) return true;
    // The answer is there by the next look.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return false;
}

/** Share of the looks at these truths that say "speaks"; NaN where there is none. */
export function shareOf({ looks, speaks }: SpeakingScore, truths: readonly Truth[]): number {
  const sum = (counts: Readonly<Record<Truth, number>>) =>
    truths.reduce((total, truth) => total + counts[truth], 0);
  return sum(speaks) / sum(looks);
}

export const hitsOf = (score: SpeakingScore) => shareOf(score, ['target']);
export const falseAlarmsOf = (score: SpeakingScore) => shareOf(score, NOT_SPEAKING);
export const balancedAccuracyOf = (score: SpeakingScore) => (hitsOf(score) + 1 - falseAlarmsOf(score)) / 2;

export interface Candidate {
  readonly thresholds: SpeakingThresholds;
  readonly score: SpeakingScore;
}

/** Every candidate, the highest balanced accuracy first. */
export function sweep(cases: readonly (readonly Look[])[]): Candidate[] {
  const candidates: Candidate[] = [];
  for (let startsAboveDb = -1; startsAboveDb >= -20; startsAboveDb--)
    for (let apartDb = 0; apartDb <= 16; apartDb++)
      for (let looksToEnd = 1; looksToEnd <= 8; looksToEnd++) {
        const thresholds = { startsAboveDb, endsBelowDb: startsAboveDb - apartDb, looksToEnd };
        candidates.push({ thresholds, score: scoreOf(cases, thresholds) });
      }
  return candidates.sort((a, b) => balancedAccuracyOf(b.score) - balancedAccuracyOf(a.score));
}

/** Of those within half a point of the best balanced accuracy, the one that changes least often. */
export function choose(sorted: readonly Candidate[]): Candidate {
  const enough = balancedAccuracyOf(sorted[0].score) - FLICKER_COSTS;
  const good = sorted.filter(({ score }) => balancedAccuracyOf(score) >= enough);
  return good.reduce((a, b) => (b.score.changesPerMinute < a.score.changesPerMinute ? b : a));
}
