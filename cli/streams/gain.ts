// Gain: the same sound at input levels from −45 to −5 dBFS (rms of the mixture; nothing is clipped).
import { dbToAmplitude, powerDb } from '../../src/shared/decibels.ts';
import { InputError } from '../../src/shared/errors.ts';
import { SignalSums } from '../../src/shared/metrics-sums.ts';
import type { Run, Stream, StreamKind } from './measure.ts';

const LEVELS_DBFS = [-45, -35, -25, -15, -5];
const REFERENCE_DBFS = -25;

const key = (dbfs: number) => `si_sdri_db_at_${dbfs}_dbfs`;

export const gain: StreamKind = {
  name: 'gain',
  needsSegments: false,
  runs: LEVELS_DBFS.length,
  columns: [
    ...LEVELS_DBFS.map((dbfs) => ({
      title: dbfs === LEVELS_DBFS[0] ? `SI-SDRi at ${dbfs} dBFS` : `${dbfs}`,
      key: key(dbfs),
      unit: 'dB' as const,
    })),
    { title: 'worst cost', key: 'worst_cost_db', unit: 'dB' },
  ],

  async score(stream, run) {
    const level = levelDbfs(stream);
    const gains = new Map<number, number | null>();
    for (const dbfs of LEVELS_DBFS) gains.set(dbfs, await siSdriAt(dbfs - level, stream, run));
    const reference = gains.get(REFERENCE_DBFS) ?? null;
    const reached = [...gains.values()].filter((value) => value !== null);
    return {
      ...Object.fromEntries([...gains].map(([dbfs, value]) => [key(dbfs), value])),
      worst_cost_db: reference === null ? null : reference - Math.min(...reached),
    };
  },
};

async function siSdriAt(gainDb: number, { mixture }: Stream, run: Run): Promise<number | null> {
  const sums = new SignalSums();
  await run([{ from: 0, to: mixture.samples, sums }], { gain: dbToAmplitude(gainDb) });
  return sums.siSdriDb;
}

function levelDbfs({ id, mixture }: Stream): number {
  const piece = new Float32Array(mixture.rateHz);
  let energy = 0;
  for (let start = 0; start < mixture.samples; start += piece.length) {
    const here = piece.subarray(0, Math.min(piece.length, mixture.samples - start));
    mixture.read(start, here);
    for (const sample of here) energy += sample * sample;
  }
  if (energy > 0) return powerDb(energy / mixture.samples);
  throw new InputError('is silent: no gain gives it a level', {
    where: `stream ${id}`,
    expected: 'a mixture with sound',
    got: 'zeros',
  });
}
