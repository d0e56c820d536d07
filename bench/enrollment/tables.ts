// The sections of the measurement in the words of docs/enrollment.md.

export interface Spread {
  readonly n: number;
  readonly p5: number;
  readonly p50: number;
  readonly p95: number;
}

export interface LengthRow {
  readonly lengthS: number;
  readonly voicedS: number;
  readonly own: Spread;
  readonly others: Spread;
  readonly rightShare: number;
}

export interface NoiseRow {
  readonly snrDb: number;
  readonly estimateDb: Spread;
  readonly own: Spread;
  readonly rightShare: number;
  readonly refused: number;
  /** By the estimate's decibels under which a recording would be warned of. */
  readonly warnedShares: Readonly<Record<string, number>>;
}

export interface Refusals {
  readonly voices: number;
  readonly voicesRefused: number;
  readonly noises: number;
  readonly noisesRefused: number;
}

/** Lowest cosines between pieces of takes, and the share of them below each threshold. */
export interface Agreement extends Spread {
  readonly below: Readonly<Record<string, number>>;
}

const SHOWN = [0.7, 0.75, 0.8, 0.85];
const WARNED_DB = 15;

const percent = (share: number) => `${Number((100 * share).toFixed(1))} %`;
const cosine = (value: number) => value.toFixed(2);
const decibels = (value: number) => value.toFixed(0);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function lengthTable(rows: readonly LengthRow[]): string {
  return table(
    ['take, s', 'of it voice, s (median)', 'own: median (5 %)', 'others: median (95 %)', 'own is nearest'],
    rows.map(({ lengthS, voicedS, own, others, rightShare }) => [
      String(lengthS),
      voicedS.toFixed(1),
      `${cosine(own.p50)} (${cosine(own.p5)})`,
      `${cosine(others.p50)} (${cosine(others.p95)})`,
      percent(rightShare),
    ]),
  );
}

export function noiseTable(rows: readonly NoiseRow[]): string {
  return table(
    [
      'true SNR, dB',
      'estimate, dB: median (5 … 95 %)',
      'own: median (5 %)',
      'own is nearest',
      `warned of (estimate < ${WARNED_DB} dB)`,
      'refused',
    ],
    rows.map(({ snrDb, estimateDb, own, rightShare, warnedShares, refused }) => [
      String(snrDb),
      `${decibels(estimateDb.p50)} (${decibels(estimateDb.p5)} … ${decibels(estimateDb.p95)})`,
      `${cosine(own.p50)} (${cosine(own.p5)})`,
      percent(rightShare),
      percent(warnedShares[WARNED_DB]),
      `${refused} of ${own.n}`,
    ]),
  );
}

export function refusalsLine({ voices, voicesRefused, noises, noisesRefused }: Refusals): string {
  return `Of ${voices} clean takes, ${voicesRefused} are refused. Of ${noises} clips of noise alone, ${noisesRefused} are refused.`;
}

export function agreementTable(rows: Readonly<Record<string, Agreement>>): string {
  return table(
    ['take', 'n', 'median', ...SHOWN.map((threshold) => `below ${cosine(threshold)}`)],
    Object.entries(rows).map(([take, { n, p50, below }]) => [
      take,
      String(n),
      cosine(p50),
      ...SHOWN.map((threshold) => percent(below[threshold])),
    ]),
  );
}
