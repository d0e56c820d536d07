// An enrollment becomes a clue while the live stream runs on: in slices that hops get in between.
import { MODEL_RATE_HZ } from '../shared/audio-constants.ts';
import { reportOn } from '../shared/enrollment.ts';
import { EnrollmentMeter } from '../shared/enrollment-meter.ts';
import type { Model } from '../shared/model.ts';
import type { EnrollmentReport } from '../shared/protocol.ts';
import { Resampling } from '../shared/resampling.ts';
import { ClueEncoding, type ClueNetwork } from './clue-encoder.ts';
import { createClueNetwork } from './clue-network.ts';
import { inSlices } from './slices.ts';

/** Samples that are measured at once. */
const CHUNK_SAMPLES = 1024;

/** What `checkEnrollment` gives, or throws. */
export async function checkInSlices(samples: Float32Array, rateHz: number): Promise<EnrollmentReport> {
  const meter = new EnrollmentMeter(rateHz);
  let taken = 0;
  await inSlices(() => {
    meter.push(samples.subarray(taken, taken + CHUNK_SAMPLES));
    taken += CHUNK_SAMPLES;
    return taken < samples.length;
  });
  return reportOn(meter.figures(), samples);
}

/**
 * @param samples mono, at `rateHz`, finite.
 * @returns [embedding], of unit length: what `encodeClue` gives for the resampled recording.
 * @throws EnrollmentError where it says nothing about a voice.
 */
export async function encodeInSlices(
  model: Model,
  samples: Float32Array,
  rateHz: number,
): Promise<Float32Array> {
  const narrow = new Resampling(samples, rateHz, MODEL_RATE_HZ);
  await inSlices(() => narrow.step());
  const encoder = await prepareEncoder(model);
  return encoder.inTurn(async (network) => {
    const encoding = new ClueEncoding(model, narrow.result(), network);
    await inSlices(() => encoding.step());
    return encoding.clue();
  });
}

/** A network that serves one enrollment after the other. */
class Encoder {
  #free: Promise<unknown> = Promise.resolve();

  constructor(readonly network: ClueNetwork) {}

  inTurn<Value>(task: (network: ClueNetwork) => Promise<Value>): Promise<Value> {
    const done = this.#free.then(() => task(this.network));
    this.#free = done.catch(() => {});
    return done;
  }
}

const encoders = new WeakMap<Model, Promise<Encoder>>();

/** Making the encoder takes longer than a hop may wait: call it before anything is live. */
export function prepareEncoder(model: Model): Promise<Encoder> {
  const encoder = encoders.get(model) ?? createClueNetwork(model).then((network) => new Encoder(network));
  encoders.set(model, encoder);
  return encoder;
}
