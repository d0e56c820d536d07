// How good an estimate is, in dB. Powers have a floor of 1e-12, so that silence gives a number.
import { POWER_FLOOR, ratioDb } from './decibels.ts';
import { estoi } from './metrics-estoi.ts';
import { pushedDownShare } from './metrics-suppression.ts';

/** Σ x² */
export function energy(x: Float32Array): number {
  let sum = 0;
  for (let n = 0; n < x.length; n++) sum += x[n] * x[n];
  return sum;
}

/**
 * Scale-invariant signal-to-distortion ratio of `estimate` [samples] against `target` [samples], in dB. Blind to gain.
 * Means nothing where the target is silent.
 */
export function siSdrDb(estimate: Float32Array, target: Float32Array): number {
  let product = 0;
  for (let n = 0; n < target.length; n++) product += estimate[n] * target[n];
  const scale = product / (energy(target) + POWER_FLOOR);
  let signal = 0;
  let distortion = 0;
  for (let n = 0; n < target.length; n++) {
    signal += (scale * target[n]) ** 2;
    distortion += (estimate[n] - scale * target[n]) ** 2;
  }
  return ratioDb(signal, distortion);
}

/** Level of `x` [samples] against `y` [samples], in dB: 20 · log10 of the ratio of their rms. */
export function levelDb(x: Float32Array, y: Float32Array): number {
  const power = (signal: Float32Array) => energy(signal) / Math.max(signal.length, 1);
  return ratioDb(power(x), power(y));
}

/** What is told of a case; null where it does not apply. */
export type Scores = {
  readonly si_sdr_mixture_db: number | null;
  readonly si_sdr_estimate_db: number | null;
  readonly si_sdri_db: number | null;
  /** Share of cases whose SI-SDR got worse. */
  readonly negative_share: number | null;
  /** Level of the estimate against the target: SI-SDR does not see a collapse to near silence. */
  readonly log_rms_ratio_db: number | null;
  /** Level of the estimate against the mixture. */
  readonly residual_db: number | null;
  /** Level of the target against the rest of the mixture. */
  readonly sir_db: number | null;
  /** Intelligibility, 0 … 1. */
  readonly estoi_mixture: number | null;
  readonly estoi_estimate: number | null;
  /** Share of cases in which the estimate is more like the rest of the mixture than like the target. */
  readonly confused_share: number | null;
  /** Share of the target's frames that came out more than 10 dB below it. */
  readonly over_suppressed_share: number | null;
};

/** Scores of one case, all [samples]. Where the target never speaks (undefined, or silence), only the residual applies. */
export function score(
  mixture: Float32Array,
  target: Float32Array | undefined,
  estimate: Float32Array,
  rateHz: number,
): Scores {
  const residual_db = levelDb(estimate, mixture);
  if (target === undefined || energy(target) <= POWER_FLOOR) return { ...NOTHING, residual_db };
  const rest = mixture.map((sample, n) => sample - target[n]);
  const si_sdr_mixture_db = siSdrDb(mixture, target);
  const si_sdr_estimate_db = siSdrDb(estimate, target);
  const si_sdri_db = si_sdr_estimate_db - si_sdr_mixture_db;
  return {
    si_sdr_mixture_db,
    si_sdr_estimate_db,
    si_sdri_db,
    negative_share: si_sdri_db < 0 ? 1 : 0,
    log_rms_ratio_db: levelDb(estimate, target),
    residual_db,
    sir_db: levelDb(target, rest),
    estoi_mixture: estoi(target, mixture, rateHz),
    estoi_estimate: estoi(target, estimate, rateHz),
    confused_share: siSdrDb(estimate, rest) > si_sdr_estimate_db ? 1 : 0,
    over_suppressed_share: pushedDownShare(target, estimate, rateHz),
  };
}

const NOTHING: Scores = {
  si_sdr_mixture_db: null,
  si_sdr_estimate_db: null,
  si_sdri_db: null,
  negative_share: null,
  log_rms_ratio_db: null,
  residual_db: null,
  sir_db: null,
  estoi_mixture: null,
  estoi_estimate: null,
  confused_share: null,
  over_suppressed_share: null,
};
