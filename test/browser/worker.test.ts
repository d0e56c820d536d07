// The real worker in a real browser: PyTorch's golden estimate through extractor.extract, and the live output equal to the file's.
import { expect } from 'chai';
import type {} from 'mocha';
import { EnrollmentError, ModelFileError } from '../../src/shared/errors.ts';
import type { Tensor } from '../../src/shared/model.ts';
import { readSafetensors } from '../../src/shared/safetensors.ts';
import { createExtractor, type Extractor } from '../../src/index.ts';
import { report } from '../report.ts';
import { syllables } from '../unit/seeded.ts';
import { music, play, sleep, type Take } from './fake/fake-extractor.ts';

const GOLDEN = new URL('../golden/tiny', import.meta.url).href;
/** f32 weights and states; sums in another order than PyTorch's. */
const GOLDEN_TOLERANCE = 2e-4;
/** A file's output against the live one of the same engine: only the cut into blocks differs. */
const LIVE_TOLERANCE = 1e-6;

let golden: Map<string, Tensor>;
let extractor: Extractor | undefined;
let context: AudioContext | undefined;

before(async () => {
  const response = await fetch(`${GOLDEN}/golden.safetensors`);
  golden = readSafetensors(new Uint8Array(await response.arrayBuffer()), 'golden.safetensors');
});

afterEach(async () => {
  await extractor?.dispose();
  if (context?.state !== 'closed') await context?.close();
  extractor = context = undefined;
});

const get = (name: string): Float32Array<ArrayBuffer> => golden.get(name)!.data.slice();

for (const backend of ['reference', 'webgpu'] as const)
  it(`gives PyTorch's estimate for a file at the model's rate: ${backend}`, async () => {
    const progress: number[] = [];
    extractor = await createExtractor({
      modelUrl: GOLDEN,
      backend,
      adaptation: false, // PyTorch's follows one clue
      onProgress: (loaded, total) => progress.push(loaded / total),
    });
    expect(extractor.report.backend).to.equal(backend);
    expect(progress.at(-1)).to.equal(1);
    await extractor.setClue(get('embedding'));
    const expected = get('estimate');
    const estimate = await extractor.extract(get('mixture'), 16_000, { hearFirst: false });
    let worst = 0;
    for (let n = 0; n < expected.length; n++) worst = Math.max(worst, Math.abs(estimate[n] - expected[n]));
    report(`real worker, tiny golden, ${backend}: largest difference ${worst.toExponential(1)}`);
    expect(worst).to.be.lessThan(GOLDEN_TOLERANCE);
  });

/**
 * The largest difference of what was played to what the same engine makes of the same sound as a file, and the peak of what was played.
 * Null, and reported, where this machine missed or did not record samples: there is nothing to compare then.
 */
async function againstFile(
  what: string,
  extractor: Extractor,
  take: Take,
  missedSamples: number,
  rateHz: number,
) {
  const { input, output, lostSamples, latencySamples, leadSamples, onset } = take;
  if (missedSamples + lostSamples > 0) {
    report(
      `${what}: ${missedSamples} samples were missed and ${lostSamples} not recorded on this machine: live and file were not compared`,
    );
    return null;
  }
  // The engine heard silence before: the file gets as much of it in front.
  const mixture = new Float32Array(leadSamples + input.length - onset);
  mixture.set(input.subarray(onset), leadSamples);
  const estimate = (await extractor.extract(mixture, rateHz, { hearFirst: false })).subarray(leadSamples);
  const heard = output.subarray(onset + latencySamples);
  let worst = 0;
  for (let n = 0; n < heard.length; n++) worst = Math.max(worst, Math.abs(heard[n] - estimate[n]));
  const peak = heard.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  report(`${what}: largest difference ${worst.toExponential(1)}, peak ${peak.toFixed(3)}`);
  return { worst, peak };
}

for (const [rateHz, transport, backend] of [
  [16_000, 'ring', 'reference'],
  [48_000, 'port', 'reference'],
  [48_000, 'ring', 'webgpu'],
] as const)
  it(`plays live what a file gets: ${rateHz} Hz, ${transport}, ${backend}`, async function () {
    context = new AudioContext({ sampleRate: rateHz, latencyHint: 0 });
    extractor = await createExtractor({
      modelUrl: GOLDEN,
      backend,
      context,
      transport,
      slackMs: 150,
      missedPolicy: 'silence',
    });
    await extractor.setClue(get('embedding'));
    const take = await play(extractor, [music(rateHz, 1)]);
    const { missedSamples } = await extractor.stats();
    await extractor.stop();
    const what = `live against file, ${rateHz} Hz, ${transport}, ${backend}`;
    const compared = await againstFile(what, extractor, take, missedSamples, rateHz);
    if (compared === null) return this.skip();
    const { worst, peak } = compared;
    expect(peak).to.be.greaterThan(1e-3);
    expect(worst).to.be.lessThan(LIVE_TOLERANCE);
  });

for (const changes of [
  ['wasm', 'reference', 'wasm'],
  ['wasm', 'webgpu', 'wasm'],
] as const)
  it(`changes its backend while it plays, unheard: ${changes.join(' to ')}`, async function () {
    const rateHz = 48_000;
    context = new AudioContext({ sampleRate: rateHz, latencyHint: 0 });
    extractor = await createExtractor({ modelUrl: GOLDEN, backend: changes[0], context, slackMs: 150 });
    const running = extractor;
    await extractor.setClue(get('embedding'));
    const told: string[] = [];
    extractor.on('backendchange', ({ backend, lost }) => told.push(`${backend} ${lost}`));
    const take = await play(extractor, [music(rateHz, 2)], async () => {
      for (const backend of changes.slice(1)) {
        await running.setBackend(backend);
        await sleep(300);
      }
    });
    const { missedSamples, backend } = await extractor.stats();
    await extractor.stop();
    expect(backend).to.equal(changes.at(-1));
    expect(told).to.deep.equal(changes.slice(1).map((name) => `${name} false`));
    const what = `${changes.join(' to ')} while it plays`;
    const compared = await againstFile(what, extractor, take, missedSamples, rateHz);
    if (compared === null) return this.skip();
    expect(compared.peak).to.be.greaterThan(1e-3);
    expect(compared.worst).to.be.lessThan(GOLDEN_TOLERANCE);
  });

it('makes a clue of a recording and refuses one that is too short', async () => {
  extractor = await createExtractor({ modelUrl: GOLDEN, backend: 'reference' });
  const { embedding, report: checked } = await extractor.enroll(syllables(4, 44_100), 44_100);
  expect(embedding.reduce((sum, x) => sum + x * x, 0)).to.be.closeTo(1, 1e-3);
  expect(checked.durationS).to.equal(4);
  const error = await extractor.enroll(syllables(0.5, 44_100), 44_100).catch((thrown: Error) => thrown);
  expect(error).to.be.instanceOf(EnrollmentError);
});

it('says what is wrong with a model that is not there', async () => {
  const error = await createExtractor({ modelUrl: `${GOLDEN}/none-such` }).catch((thrown: Error) => thrown);
  expect(error).to.be.instanceOf(ModelFileError);
  expect((error as Error).message).to.match(/none-such/);
});
