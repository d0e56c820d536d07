// From a recording to a clue, and what may be wrong with it.
import type { Doubt } from '../../components/enroll/clue-enroller.texts.ts';
import { clueAgreement, MIN_AGREEMENT } from '../../src/clue-agreement.ts';
import type { Extractor } from '../../src/extractor.ts';
import { clueCosine } from '../../src/shared/clue-cosine.ts';
import { doubtsAbout } from '../../src/shared/enrollment.ts';
import type { Clue, EnrollmentReport } from '../../src/shared/protocol.ts';
import { writeWav } from '../../src/shared/wav.ts';

/** One channel of sound, and what it is called. */
export interface Sound {
  readonly samples: Float32Array;
  readonly rateHz: number;
  readonly name: string;
}

/** A recording that passed. */
export interface CheckedVoice extends Sound {
  readonly model: string;
  readonly embedding: Float32Array;
  readonly clueEncoder: string;
  readonly report: EnrollmentReport;
  readonly doubts: readonly Doubt[];
  /** Of the recording as a WAV; let go of it with URL.revokeObjectURL. */
  readonly url: string;
}

/**
 * Rejects with EnrollmentError where it cannot be used. The clue in use stays.
 * @param voice whom it should be of, where it is another take.
 */
export async function checkVoice(
  extractor: Extractor,
  sound: Sound,
  voice?: Pick<Clue, 'embedding'>,
): Promise<CheckedVoice> {
  const { samples, rateHz } = sound;
  const enrollment = await extractor.enroll(samples, rateHz, { use: false });
  const agreement = await clueAgreement(extractor, samples, rateHz);
  const doubts: Doubt[] = doubtsAbout(enrollment.report);
  if (agreement !== null && agreement < MIN_AGREEMENT) doubts.push('more-than-one-voice');
  if (voice !== undefined && clueCosine(voice.embedding, enrollment.embedding) < MIN_AGREEMENT)
    doubts.push('another-voice');
  const wav = writeWav(samples, rateHz, 'pcm16') as Uint8Array<ArrayBuffer>;
  const url = URL.createObjectURL(new Blob([wav], { type: 'audio/wav' }));
  return { ...sound, ...enrollment, model: extractor.report.model, doubts, url };
}
