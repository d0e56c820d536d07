// A recording of a run: both files of the same time, also where the delay grew meanwhile.
import { resolveObjectURL } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { KeptSamples } from '../../elements/live-monitor/kept-samples.ts';
import { makeTake, releaseTake } from '../../elements/live-monitor/take.ts';
import { readWav } from '../../src/shared/wav.ts';
import { noise } from './seeded.ts';

const RATE_HZ = 48_000;
const START = 10_000;

/** As a recording brings it, in blocks. */
function kept(samples: Float32Array): Blob {
  const all = new KeptSamples();
  for (let start = 0; start < samples.length; start += 4096) all.push(samples.subarray(start, start + 4096));
  return all.blob();
}

async function samplesOf(url: string): Promise<Float32Array> {
  const bytes = await resolveObjectURL(url)!.arrayBuffer();
  return readWav(new Uint8Array(bytes), url).channels[0];
}

/** What comes out of a path that grows at these frames: [frame, samples]. */
function played(
  input: Float32Array,
  latencySamples: number,
  growths: readonly (readonly [number, number])[],
) {
  const output = new Float32Array(input.length) as Float32Array<ArrayBuffer>;
  let from = -latencySamples;
  let gap = 0;
  for (let n = 0; n < output.length; n++) {
    gap += growths.find(([frame]) => frame === START + n)?.[1] ?? 0;
    if (gap > 0) gap--;
    else output[n] = input[from++] ?? 0;
  }
  return output;
}

describe('a take', () => {
  it.each([
    ['never', [], 20_000 - 1244],
    ['once', [[START + 5000, 384]], 20_000 - 1244 - 384],
    [
      'twice',
      [
        [START + 5000, 384],
        [START + 9000, 500],
      ],
      20_000 - 1244 - 884,
    ],
    ['100 samples before its end', [[START + 19_900, 384]], 19_900 - 1244],
  ] as const)('is aligned where the delay grew %s', async (_, growths, expected) => {
    const input = noise(20_000, 1, 0.5) as Float32Array<ArrayBuffer>;
    const before = 1244;
    const output = played(input, before, growths);
    const grown = growths.reduce((sum, [, samples]) => sum + samples, 0);
    const sound = { input: kept(input), output: kept(output), startFrame: START, lostSamples: 0 };
    const take = makeTake(sound, RATE_HZ, {
      latencySamples: before + grown,
      growths: growths.map(([frame, grownSamples]) => ({ frame, grownSamples })),
      startFrame: START - 700,
    })!;
    const [went, came] = await Promise.all([take.inputUrl, take.outputUrl].map(samplesOf));
    expect(came).toEqual(went);
    expect(went).toEqual(input.subarray(0, went.length));
    expect(take).toMatchObject({ latencySamples: before, runStart: -700, seconds: went.length / RATE_HZ });
    expect(went.length).toBe(expected);
    releaseTake(take);
  });

  it('knows nothing of what grew before it began', async () => {
    const input = noise(20_000, 2, 0.5) as Float32Array<ArrayBuffer>;
    const take = makeTake(
      { input: kept(input), output: kept(played(input, 1628, [])), startFrame: START, lostSamples: 0 },
      RATE_HZ,
      {
        latencySamples: 1628,
        growths: [{ frame: START - 1000, grownSamples: 384 }],
        startFrame: 0,
      },
    )!;
    const [went, came] = await Promise.all([take.inputUrl, take.outputUrl].map(samplesOf));
    expect(came).toEqual(went);
    expect(take.latencySamples).toBe(1628);
    releaseTake(take);
  });

  it('is none where it is shorter than the delay', () => {
    const input = kept(new Float32Array(500));
    const run = { latencySamples: 500, growths: [], startFrame: 0 };
    expect(makeTake({ input, output: input, startFrame: 0, lostSamples: 0 }, RATE_HZ, run)).toBeNull();
  });

  it('holds more than one piece, sample for sample', async () => {
    const samples = noise(300_000, 3);
    const bytes = await kept(samples).arrayBuffer();
    expect(new Float32Array(bytes)).toEqual(samples);
  });
});
