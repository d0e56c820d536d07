// Judges an enrollment: while it is recorded (guidance), before a clue is made of it (the check), and what is said of one that passed (doubts).
import { EnrollmentMeter, SILENCE_DBFS, type EnrollmentFigures } from './enrollment-meter.ts';
import { EnrollmentError } from './errors.ts';
import type { EnrollmentReport } from './protocol.ts';

/** Under this, an enrollment is refused. */
export const MIN_VOICED_S = 2;
/** What a recording should hold; more helps little (docs/enrollment.md). */
export const ENOUGH_VOICED_S = 6;
export const MAX_CLIPPED_SHARE = 0.005;
/** As the meter estimates it. Below this, the clue begins to be nearer to other voices (docs/enrollment.md). */
export const MIN_SNR_DB = 15;
/** A voice below this is too quiet for 16 bits and a cheap microphone. */
export const QUIET_DBFS = -45;
/** After so long without voice a recording is told to go on. */
const PATIENCE_S = 2;
/** Before this, nothing can be said. */
const FIRST_GUIDANCE_S = 0.5;

/** What to tell somebody who is being recorded. */
export type EnrollmentGuidance =
  'starting' | 'silent' | 'no-voice' | 'clipped' | 'too-quiet' | 'too-noisy' | 'go-on' | 'enough';

/** What may be wrong with an enrollment that is taken all the same. */
export type EnrollmentDoubt = 'too-noisy' | 'too-quiet';

/** The first thing that should change, or 'go-on' until `enoughVoicedS` is reached. */
export function guide(figures: EnrollmentFigures, enoughVoicedS = ENOUGH_VOICED_S): EnrollmentGuidance {
  const { durationS, voicedS, sinceVoiceS, loudDbfs, clippedShare } = figures;
  if (durationS < FIRST_GUIDANCE_S) return 'starting';
  if (clippedShare > MAX_CLIPPED_SHARE) return 'clipped';
  if (voicedS >= enoughVoicedS) return 'enough';
  if (sinceVoiceS >= PATIENCE_S) return loudDbfs < SILENCE_DBFS ? 'silent' : 'no-voice';
  if (voicedS === 0) return 'starting';
  return doubtsAbout(figures)[0] ?? 'go-on';
}

/** What its figures make one doubt; whether it is one voice, they do not say (src/clue-agreement.ts). */
export function doubtsAbout({
  snrDb,
  levelDbfs,
}: Pick<EnrollmentReport, 'snrDb' | 'levelDbfs'>): EnrollmentDoubt[] {
  const doubts: EnrollmentDoubt[] = [];
  if (snrDb < MIN_SNR_DB) doubts.push('too-noisy');
  if (levelDbfs < QUIET_DBFS) doubts.push('too-quiet');
  return doubts;
}

/**
 * @param samples mono, in ±1, at `rateHz`.
 * @throws EnrollmentError where it is silent, clipped, not finite, or has less than MIN_VOICED_S of voice.
 * @throws InputError where the rate is not above 0.
 */
export function checkEnrollment(samples: Float32Array, rateHz: number): EnrollmentReport {
  const meter = new EnrollmentMeter(rateHz);
  meter.push(samples);
  return reportOn(meter.figures(), samples);
}

/** What `checkEnrollment` gives, of the figures of all of `samples`. */
export function reportOn(figures: EnrollmentFigures, samples: Float32Array): EnrollmentReport {
  refuseFlawed(figures, samples);
  const { durationS, voicedS, levelDbfs, snrDb, clippedShare } = figures;
  return { durationS, voicedS, levelDbfs, snrDb, clippedShare };
}

function refuseFlawed(figures: EnrollmentFigures, samples: Float32Array): void {
  const { durationS, voicedS, loudDbfs, clippedShare, firstBadSample } = figures;
  if (firstBadSample >= 0)
    throw new EnrollmentError('holds samples that are no sound', {
      where: `enrollment, sample ${firstBadSample}`,
      expected: 'finite samples',
      got: `${samples[firstBadSample]}`,
      remedy: 'Record it again.',
    });
  if (durationS < MIN_VOICED_S) throw tooShort(`${durationS.toFixed(1)} s`);
  if (loudDbfs < SILENCE_DBFS)
    throw new EnrollmentError('is silent', {
      where: 'enrollment',
      expected: `a voice above ${SILENCE_DBFS} dBFS`,
      got: `${loudDbfs.toFixed(0)} dBFS`,
      remedy: 'Check that the right microphone is chosen and not muted, and record again.',
    });
  if (clippedShare > MAX_CLIPPED_SHARE)
    throw new EnrollmentError('is clipped', {
      where: 'enrollment',
      expected: `at most ${100 * MAX_CLIPPED_SHARE} % of its samples at the limit`,
      got: `${(100 * clippedShare).toFixed(1)} %`,
      remedy: 'Turn the microphone down or move away from it, and record again.',
    });
  if (voicedS === 0)
    throw new EnrollmentError('holds no voice', {
      where: 'enrollment',
      expected: `at least ${MIN_VOICED_S} s of voice that stands out of the background`,
      got: 'none',
      remedy: 'Speak close to the microphone, aloud, and record again.',
    });
  if (voicedS < MIN_VOICED_S) throw tooShort(`${voicedS.toFixed(1)} s of voice`);
}

function tooShort(got: string): EnrollmentError {
  return new EnrollmentError('is too short', {
    where: 'enrollment',
    expected: `at least ${MIN_VOICED_S} s of voice`,
    got,
    remedy: 'Speak for a few seconds without long pauses, and record again.',
  });
}
