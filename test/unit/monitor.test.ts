// What <live-monitor> concludes from what it sees, and the scales of its pictures.
import { beforeEach, describe, expect, it } from 'vitest';
import { COLOURS, colourMap, colourOf } from '../../components/spectrogram/colour-map.ts';
import {
  CEILING_DB,
  FLOOR_DB,
  heightOf,
  RowScale,
  TOP_HZ,
} from '../../components/spectrogram/spectrogram-scale.ts';
import { limitAt, MOST_DB, positionOf } from '../../components/controls/strength-slider.ts';
import { judge, MissedShare } from '../../elements/live-monitor/judgement.ts';
import type { LiveObservation } from '../../elements/live-monitor/judgement.ts';
import { LOOK_EVERY_MS, looksIn } from '../../elements/live-monitor/looks.ts';
import { TargetSpeaking } from '../../elements/live-monitor/target-speaking.ts';
import { Unheard } from '../../elements/live-monitor/unheard.ts';

const WELL: LiveObservation = {
  hasExtractor: true,
  hasVoice: true,
  run: 'running',
  contextState: 'running',
  isInterrupted: false,
  sinceHopMs: 20,
  missedShare: 0,
  inputSilentMs: 0,
  bypass: false,
  strength: 1,
};

describe('the status', () => {
  it.each<[string, Partial<LiveObservation>]>([
    ['on', {}],
    ['weak', { strength: 0.5 }],
    ['bypassed', { bypass: true }],
    ['bypassed', { strength: 0 }],
    ['late', { missedShare: 0.05 }],
    ['silent', { inputSilentMs: 2000 }],
    ['stalled', { sinceHopMs: 5000 }],
    ['stalled', { sinceHopMs: 5000, bypass: true }],
    ['interrupted', { isInterrupted: true }],
    ['paused', { contextState: 'suspended', sinceHopMs: 5000 }],
    ['paused', { contextState: 'interrupted' }],
    ['starting', { run: 'starting', contextState: 'suspended' }],
    ['off', { run: 'stopped' }],
    ['noVoice', { run: 'stopped', hasVoice: false }],
    ['noExtractor', { hasExtractor: false, run: 'stopped' }],
  ])('is %s with %o', (status, seen) => {
    expect(judge({ ...WELL, ...seen })).toBe(status);
  });

  it('follows the share of missed deadlines, forgets it when all is well, and takes a new run as new', () => {
    const missed = new MissedShare();
    missed.take(1000, 100);
    expect(missed.share).toBeCloseTo(0.05);
    for (let look = 2; look < 10; look++) missed.take(1000 * look, 100);
    expect(missed.share).toBeLessThan(0.001);
    missed.take(500, 250);
    expect(missed.share).toBeCloseTo(0.25);
    missed.take(500, 250);
    expect(missed.share).toBeCloseTo(0.25);
  });
});

describe('whether the target speaks', () => {
  it('begins where little is taken away and ends where nearly everything is, not in between', () => {
    const speaking = new TargetSpeaking({ startsAboveDb: -9, endsBelowDb: -14, looksToEnd: 2 });
    expect(speaking.look(-20, -40)).toBe(false);
    expect(speaking.look(-20, -32)).toBe(false);
    expect(speaking.look(-20, -24)).toBe(true);
    expect(speaking.look(-20, -32)).toBe(true);
    expect(speaking.look(-20, -40)).toBe(true);
    expect(speaking.look(-20, -32)).toBe(true);
    expect(speaking.look(-20, -40)).toBe(true);
    expect(speaking.look(-20, -40)).toBe(false);
  });

  it('as set: begins at once where nothing is taken away, ends within half a second of looks where all is', () => {
    const speaking = new TargetSpeaking();
    expect(speaking.look(-20, -20)).toBe(true);
    const looks = Array.from({ length: 500 / LOOK_EVERY_MS }, () => speaking.look(-20, -49));
    expect(looks.at(-1)).toBe(false);
  });

  it('takes neither silence nor a quiet room for speech', () => {
    const speaking = new TargetSpeaking();
    expect(speaking.look(-Infinity, -Infinity)).toBe(false);
    expect(speaking.look(-60, -60)).toBe(false);
  });
});

describe('who goes unheard', () => {
  const ROOM_DB = -45;
  let similarity: number | null | Error;
  let questions: number;
  let unheard: Unheard;
  beforeEach(() => {
    similarity = 0.9;
    questions = 0;
    unheard = new Unheard(async () => {
      questions++;
      if (similarity instanceof Error) throw similarity;
      return similarity;
    });
  });

  async function look(mixtureDb: number, speaks: boolean): Promise<boolean> {
    const asks = unheard.look(mixtureDb, speaks);
    await new Promise((resolve) => setImmediate(resolve));
    return asks;
  }

  /** Looks at speech of `seconds` with a pause after each, `speaks` in that share of it; the last answer. */
  async function say(seconds: number, share: number): Promise<boolean> {
    let asks = false;
    for (let n = 0; n < looksIn(seconds); n++) {
      await look(ROOM_DB + 20, Math.floor((n + 1) * share) > Math.floor(n * share));
      asks = await look(ROOM_DB, false);
    }
    return asks;
  }

  it('is asked after five seconds of speech that did not pass, not before', async () => {
    expect(await say(4.8, 0)).toBe(false);
    expect(questions).toBe(0);
    expect(await say(0.4, 0)).toBe(true);
    await say(20, 0);
    expect(questions, 'once it is known').toBe(1);
  });

  it('is not asked where a tenth of it passed; once asked, a third settles it', async () => {
    expect(await say(10, 0.15)).toBe(false);
    expect(await say(5.1, 0)).toBe(true);
    expect(await say(5.1, 0.2)).toBe(true);
    expect(await say(5.1, 0.35)).toBe(false);
  });

  it.each([0.79, null, new Error('the worker is gone')])(
    'is not asked where the speech is not like theirs (%s), and looked at again every two seconds',
    async (answer) => {
      similarity = answer;
      expect(await say(10, 0)).toBe(false);
      // First after five seconds of speech; the next five have as long pauses between.
      expect(questions).toBe(5);
      similarity = 0.81;
      expect(await say(1.1, 0)).toBe(true);
    },
  );

  it('takes no answer to a question of an earlier run', async () => {
    const answer: ((similarity: number) => void)[] = [];
    unheard = new Unheard(() => new Promise((resolve) => answer.push(resolve)));
    await say(5.1, 0);
    unheard.reset();
    await say(5.1, 0);
    answer[0](0.9);
    expect(await say(0.2, 0)).toBe(false);
    answer[1](0.9);
    expect(await say(0.2, 0)).toBe(true);
  });

  it('is not asked of a steady noise or a quiet room, and is forgotten between runs', async () => {
    for (let n = 0; n < 300; n++) expect(await look(-30 + (n % 8), false)).toBe(false);
    for (let n = 0; n < 300; n++) expect(await look(n % 2 ? -52 : -75, false)).toBe(false);
    expect(await say(6, 0)).toBe(true);
    unheard.reset();
    expect(await say(4.8, 0)).toBe(false);
  });
});

describe('the strength', () => {
  it('has a position for every limit', () => {
    for (let limitDb = 0; limitDb <= MOST_DB; limitDb++) expect(limitAt(positionOf(limitDb))).toBe(limitDb);
    expect(limitAt(positionOf(Infinity))).toBe(Infinity);
    expect(limitAt(positionOf(6.02))).toBe(6);
    expect(limitAt(positionOf(60))).toBe(Infinity);
  });
});

/** Lightness in OKLab (0 … 1) of sRGB (0 … 255). */
function lightness([r, g, b]: readonly number[]): number {
  const [red, green, blue] = [r, g, b].map((x) =>
    x / 255 <= 0.04045 ? x / 255 / 12.92 : ((x / 255 + 0.055) / 1.055) ** 2.4,
  );
  return (
    0.2104542553 * Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) +
    0.793617785 * Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) -
    0.0040720468 * Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
  );
}

describe.each(['light', 'dark'] as const)('the colours, %s', (scheme) => {
  it('change in lightness by equal steps', () => {
    const shades = Array.from({ length: 17 }, (_, n) => lightness(colourOf(scheme, n / 16)));
    const steps = shades.slice(1).map((shade, n) => shade - shades[n]);
    const mean = steps.reduce((sum, step) => sum + step, 0) / steps.length;
    for (const step of steps) expect(step / mean).toBeCloseTo(1, 1);
    expect(Math.abs(mean) * 16).toBeGreaterThan(0.6);
  });

  it('are as many opaque pixels', () => {
    const map = colourMap(scheme);
    expect(map).toHaveLength(COLOURS);
    expect(map.every((pixel) => pixel >>> 24 === 255)).toBe(true);
    expect(new Set(map).size).toBeGreaterThan(COLOURS * 0.9);
  });
});

describe('the rows of a spectrogram', () => {
  const rateHz = 48_000;
  const bins = 1024;
  const rows = 160;
  const column = new Uint8Array(rows);

  it.each([250, 1000, 4000, 7900])('show a tone of %i Hz at its height', (hz) => {
    const spectrum = new Float32Array(bins).fill(-Infinity);
    spectrum[Math.round((2 * bins * hz) / rateHz)] = CEILING_DB + 10;
    new RowScale(rows, rateHz, bins).fill(spectrum, column);
    const loudest = column.indexOf(Math.max(...column));
    expect(1 - (loudest + 0.5) / rows).toBeCloseTo(heightOf(hz), 1);
    expect(column[loudest]).toBe(COLOURS - 1);
  });

  it('map levels from floor to ceiling, silence and what lies above half of the rate to nothing', () => {
    const scale = new RowScale(rows, rateHz, bins);
    for (const [levelDb, expected] of [
      [-Infinity, 0],
      [FLOOR_DB, 0],
      [(FLOOR_DB + CEILING_DB) / 2, COLOURS / 2],
      [CEILING_DB, COLOURS - 1],
    ]) {
      scale.fill(new Float32Array(bins).fill(levelDb), column);
      expect([...new Set(column)]).toEqual([expected]);
    }
    new RowScale(rows, 8000, 256).fill(new Float32Array(256).fill(0), column);
    expect(column[0]).toBe(0);
    expect(column[rows - 1]).toBe(COLOURS - 1);
    expect(heightOf(TOP_HZ)).toBe(1);
  });
});
