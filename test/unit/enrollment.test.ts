// Enrollments: what is measured, what passes, what each flaw is called, what somebody is told while recording.
import { describe, expect, it } from 'vitest';
import { checkEnrollment, doubtsAbout, ENOUGH_VOICED_S, guide } from '../../src/shared/enrollment.ts';
import { clueAgreement } from '../../src/clue-agreement.ts';
import { EnrollmentMeter } from '../../src/shared/enrollment-meter.ts';
import { enrollmentPieces } from '../../src/shared/enrollment-pieces.ts';
import { EnrollmentError } from '../../src/shared/errors.ts';
import { noise, syllables } from './seeded.ts';

const clip = (x: Float32Array, limit: number) => x.map((v) => Math.max(-limit, Math.min(limit, v)));
const scaled = (x: Float32Array, gain: number) => x.map((v) => gain * v);

function joined(...parts: Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What is said after each 85 ms of a recording. */
function guidance(samples: Float32Array, rateHz: number): string[] {
  const meter = new EnrollmentMeter(rateHz);
  const said: string[] = [];
  for (let at = 0; at < samples.length; at += 4096) {
    meter.push(samples.subarray(at, at + 4096));
    const now = guide(meter.figures());
    if (now !== said.at(-1)) said.push(now);
  }
  return said;
}

describe('checkEnrollment', () => {
  it.each([8000, 16000, 44100, 48000])('measures a good one at %i Hz', (rateHz) => {
    const report = checkEnrollment(syllables(6, rateHz), rateHz);
    expect(report.durationS).toBeCloseTo(6, 2);
    expect(report.voicedS).toBeGreaterThan(3.4);
    expect(report.voicedS).toBeLessThan(4.3);
    expect(report.levelDbfs).toBeGreaterThan(-25);
    expect(report.levelDbfs).toBeLessThan(-20);
    expect(report.clippedShare).toBe(0);
    expect(report.snrDb).toBe(60);
  });

  it('counts voice, not time', () => {
    expect(() => checkEnrollment(syllables(1.5, 16000), 16000)).toThrow(
      /too short.*at least 2 s of voice, got 1.5 s/,
    );
    const pauses = new Float32Array(16000 * 20);
    pauses.set(syllables(1, 16000), 16000);
    expect(() => checkEnrollment(pauses, 16000)).toThrow(/too short.*got 0.\d s of voice/);
    expect(() => checkEnrollment(new Float32Array(0), 16000)).toThrow(EnrollmentError);
  });

  it('takes neither steady noise nor bursts of noise nor a hum for a voice', () => {
    const bursts = noise(96000, 2, 0.2).map((x, n) => ((n / 16000) % 0.25 < 0.15 ? x : 0));
    const hum = Float32Array.from(
      { length: 96000 },
      (_, n) => 0.1 * Math.sin((2 * Math.PI * 100 * n) / 16000),
    );
    for (const none of [noise(96000, 1, 0.1), bursts, hum])
      expect(() => checkEnrollment(none, 16000)).toThrow(/holds no voice/);
  });

  it('finds silence, with a hiss of the circuit or an offset too', () => {
    expect(() => checkEnrollment(new Float32Array(96000), 16000)).toThrow(/silent.*-120 dBFS.*microphone/);
    expect(() =>
      checkEnrollment(
        noise(96000, 1, 5e-4).map((x) => x + 0.2),
        16000,
      ),
    ).toThrow(/silent/);
  });

  it('finds clipping at full scale and at a lower limit, and no clipping in a loud voice', () => {
    const loud = syllables(6, 16000, { peak: 0.9 });
    expect(checkEnrollment(clip(loud, 1), 16000).clippedShare).toBeLessThan(0.001);
    for (const limit of [1, 0.5])
      expect(() => checkEnrollment(clip(scaled(loud, 4 * limit), limit), 16000)).toThrow(
        /is clipped.*got \d+\.\d %/,
      );
  });

  it('refuses NaN, infinity and a rate of 0', () => {
    for (const bad of [NaN, Infinity]) {
      const spoiled = syllables(6, 16000);
      spoiled[4711] = bad;
      expect(() => checkEnrollment(spoiled, 16000)).toThrow(/sample 4711.*finite/);
    }
    expect(() => checkEnrollment(syllables(6, 16000), 0)).toThrow(/no sample rate/);
  });
});

describe('EnrollmentMeter', () => {
  it('says the same however the samples come', () => {
    const samples = syllables(4, 44100, { noisePeak: 0.01 });
    const at = (step: number) => {
      const meter = new EnrollmentMeter(44100);
      for (let n = 0; n < samples.length; n += step) meter.push(samples.subarray(n, n + step));
      return meter.figures();
    };
    expect(at(97)).toEqual(at(samples.length));
    expect(at(4096)).toEqual(at(samples.length));
  });

  it('measures the noise under the voice to 3 dB', () => {
    for (const snrDb of [5, 10, 20, 30]) {
      const voice = syllables(6, 16000);
      // Power of the syllables themselves: they last 0.6 of the time.
      const power = voice.reduce((sum, x) => sum + x * x, 0) / voice.length / 0.6;
      const noisePeak = Math.sqrt((3 * power) / 10 ** (snrDb / 10));
      const meter = new EnrollmentMeter(16000);
      meter.push(syllables(6, 16000, { noisePeak }));
      expect(Math.abs(meter.figures().snrDb - snrDb)).toBeLessThan(3);
    }
  });
});

describe('guide', () => {
  it('leads from the first word to enough', () => {
    expect(guidance(syllables(12, 48000), 48000)).toEqual(['starting', 'go-on', 'enough']);
  });

  it('says what is wrong, and stops saying so once it is right', () => {
    const voice = syllables(12, 16000, { noisePeak: 0.002 });
    const hiss = noise(3 * 16000, 3, 0.002);
    expect(guidance(new Float32Array(4 * 16000), 16000)).toEqual(['starting', 'silent']);
    expect(guidance(hiss, 16000)).toEqual(['starting', 'no-voice']);
    expect(guidance(joined(hiss, voice), 16000)).toEqual(['starting', 'no-voice', 'go-on', 'enough']);
    expect(guidance(joined(voice.subarray(0, 32000), hiss), 16000)).toEqual([
      'starting',
      'go-on',
      'no-voice',
    ]);
    expect(guidance(syllables(12, 16000, { noisePeak: 0.045 }), 16000)).toContain('too-noisy');
    expect(guidance(syllables(4, 16000, { peak: 0.01 }), 16000)).toEqual(['starting', 'too-quiet']);
  });

  it('does not call enough what the check would refuse', () => {
    const clipped = clip(scaled(syllables(16, 16000), 20), 1);
    expect(guidance(clipped, 16000)).toEqual(['starting', 'clipped']);
    expect(() => checkEnrollment(clipped, 16000)).toThrow(/is clipped/);
    const enough = syllables(12, 16000);
    expect(guidance(enough, 16000).at(-1)).toBe('enough');
    expect(checkEnrollment(enough, 16000).voicedS).toBeGreaterThanOrEqual(ENOUGH_VOICED_S);
  });
});

it('doubts what is noisy or quiet, takes it all the same', () => {
  const doubts = (samples: Float32Array) => doubtsAbout(checkEnrollment(samples, 16000));
  expect(doubts(syllables(6, 16000))).toEqual([]);
  expect(doubts(syllables(6, 16000, { noisePeak: 0.045 }))).toEqual(['too-noisy']);
  expect(doubts(syllables(6, 16000, { peak: 0.01 }))).toEqual(['too-quiet']);
});

it('cuts a recording into pieces that are each enough, from both ends', () => {
  const samples = joined(new Float32Array(16000), syllables(14, 16000, { noisePeak: 0.001 }));
  const pieces = [...enrollmentPieces(samples, 16000)];
  expect(pieces).toHaveLength(6);
  for (const piece of pieces) expect(checkEnrollment(piece, 16000).voicedS).toBeGreaterThanOrEqual(2);
  const start = (piece: Float32Array) => piece.byteOffset / 4;
  expect(start(pieces[0])).toBe(0);
  expect(start(pieces[1])).toBe(pieces[0].length);
  expect(start(pieces[3]) + pieces[3].length).toBe(samples.length);
  expect(start(pieces[4]) + pieces[4].length).toBe(start(pieces[3]));
  expect([...enrollmentPieces(syllables(3, 16000), 16000)]).toHaveLength(0);
});

describe('clueAgreement', () => {
  const half = (pitchHz: number) => syllables(7, 16000, { pitchHz });
  /** Makes clues of the loudness: [1, 0] of what is quiet, [0, 1] of what is loud. */
  const encoder = {
    async enroll(samples: Float32Array, rateHz: number, { use }: { use: boolean }) {
      expect(use).toBe(false);
      const report = checkEnrollment(samples, rateHz);
      return { embedding: report.levelDbfs < -27 ? Float32Array.of(1, 0) : Float32Array.of(0, 1), report };
    },
  };

  it('is the lowest cosine between pieces; nothing is known of a short recording', async () => {
    const same = joined(half(120), half(120));
    expect(await clueAgreement(encoder, same, 16000)).toBe(1);
    const two = joined(half(120), scaled(half(120), 0.2));
    expect(await clueAgreement(encoder, two, 16000)).toBe(0);
    expect(await clueAgreement(encoder, syllables(3, 16000), 16000)).toBeNull();
  });

  it('leaves out a piece that holds what is clipped in a recording that is good as a whole', async () => {
    const spoken = joined(half(120), half(120), half(120));
    const peak = spoken.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    const loud = spoken.map((sample, n) =>
      n < 2 * 16000 ? Math.max(-1, Math.min(1, (sample / peak) * 1.2)) : sample,
    );
    const { clippedShare } = checkEnrollment(loud, 16000);
    expect(clippedShare).toBeGreaterThan(0.001);
    expect(() => checkEnrollment(loud.slice(0, 4 * 16000), 16000)).toThrow('is clipped');
    expect(await clueAgreement(encoder, loud, 16000)).toBe(1);
  });
});
