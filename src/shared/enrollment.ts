// Judges an enrollment before a clue is made of it: long enough, loud enough, not clipped.
import { EnrollmentError, InputError } from './errors.ts';
import type { EnrollmentReport } from './protocol.ts';

const MIN_VOICED_S = 2;
const BLOCK_S = 0.02;
/** What this many blocks reach, 0.2 s, is how loud the voice gets: a click is shorter. */
const LOUD_BLOCKS = 10;
/** A recording whose loud blocks stay below this holds no voice. */
const SILENCE_DBFS = -60;
/** Sound that belongs to the voice lies at most this far below the loud blocks. */
const VOICE_RANGE_DB = 30;
const MAX_CLIPPED_SHARE = 0.005;
const FULL_SCALE = 0.999;
/** A flat top below full scale: this share of the peak, and no further than a step of 16 bits from the sample before. */
const FLAT_TOP = 0.98;
const FLAT_STEP = 1 / 32768;
const MIN_FLAT_PEAK = 0.1;

/**
 * @param samples mono, in ±1, at `rateHz`.
 * @returns seconds, seconds with voice, level of the voiced part in dB of full scale, share of clipped samples.
 * @throws EnrollmentError where it is too short (under 2 s of voice), silent, clipped, or not finite.
 */
export function checkEnrollment(samples: Float32Array, rateHz: number): EnrollmentReport {
  if (!(rateHz > 0))
    throw new InputError('has no sample rate', {
      where: 'enrollment',
      expected: 'hertz above 0',
      got: `${rateHz}`,
    });
  checkFinite(samples);
  const durationS = samples.length / rateHz;
  if (durationS < MIN_VOICED_S) throw tooShort(`${durationS.toFixed(1)} s`);
  const powers = blockPowers(samples, Math.max(1, Math.round(BLOCK_S * rateHz)));
  const loudDbfs = decibels(powers.toSorted().at(-LOUD_BLOCKS) ?? 0);
  if (loudDbfs < SILENCE_DBFS)
    throw new EnrollmentError('is silent', {
      where: 'enrollment',
      expected: `a voice above ${SILENCE_DBFS} dBFS`,
      got: `${loudDbfs.toFixed(0)} dBFS`,
      remedy: 'Check that the right microphone is chosen and not muted, and record again.',
    });
  const clippedShare = countClipped(samples) / samples.length;
  if (clippedShare > MAX_CLIPPED_SHARE)
    throw new EnrollmentError('is clipped', {
      where: 'enrollment',
      expected: `at most ${100 * MAX_CLIPPED_SHARE} % of its samples at the limit`,
      got: `${(100 * clippedShare).toFixed(1)} %`,
      remedy: 'Turn the microphone down or move away from it, and record again.',
    });
  const voiced = powers.filter(
    (power) => decibels(power) > Math.max(loudDbfs - VOICE_RANGE_DB, SILENCE_DBFS),
  );
  const voicedS = voiced.length * BLOCK_S;
  if (voicedS < MIN_VOICED_S) throw tooShort(`${voicedS.toFixed(1)} s of voice`);
  const levelDbfs = decibels(voiced.reduce((sum, power) => sum + power, 0) / voiced.length);
  return { durationS, voicedS, levelDbfs, clippedShare };
}

function checkFinite(samples: Float32Array): void {
  const bad = samples.findIndex((sample) => !Number.isFinite(sample));
  if (bad < 0) return;
  throw new EnrollmentError('holds samples that are no sound', {
    where: `enrollment, sample ${bad}`,
    expected: 'finite samples',
    got: `${samples[bad]}`,
    remedy: 'Record it again.',
  });
}

function tooShort(got: string): EnrollmentError {
  return new EnrollmentError('is too short', {
    where: 'enrollment',
    expected: `at least ${MIN_VOICED_S} s of voice`,
    got,
    remedy: 'Speak for a few seconds without long pauses, and record again.',
  });
}

/** Mean power of every whole block, without the recording's offset from zero. */
function blockPowers(samples: Float32Array, blockSamples: number): Float64Array {
  const offset = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
  return Float64Array.from({ length: Math.floor(samples.length / blockSamples) }, (_, block) => {
    let power = 0;
    for (let n = block * blockSamples; n < (block + 1) * blockSamples; n++)
      power += (samples[n] - offset) ** 2;
    return power / blockSamples;
  });
}

function countClipped(samples: Float32Array): number {
  const peak = samples.reduce((largest, sample) => Math.max(largest, Math.abs(sample)), 0);
  const flat = peak < MIN_FLAT_PEAK ? Infinity : FLAT_TOP * peak;
  let clipped = 0;
  for (let n = 0; n < samples.length; n++) {
    const magnitude = Math.abs(samples[n]);
    const still = n > 0 && Math.abs(samples[n] - samples[n - 1]) <= FLAT_STEP;
    if (magnitude >= FULL_SCALE || (magnitude >= flat && still)) clipped++;
  }
  return clipped;
}

/** Of a power, against full scale. */
function decibels(power: number): number {
  return 10 * Math.log10(power + 1e-12);
}
