// Conversation: people take turns. Scored apart: the target alone, others alone, both at once, nobody.
import { SignalSums } from '../../src/shared/metrics-sums.ts';
import type { Part, StreamKind } from './measure.ts';

/** Where the target falls silent the model may take this long to follow; what is left in that time is told apart. */
const SETTLE_S = 0.5;
const LEVEL_KEPT_DB = 1;

export const conversation: StreamKind = {
  name: 'conversation',
  needsSegments: true,
  runs: 1,
  columns: [
    { title: 'alone: level', key: 'target_level_db', unit: 'dB' },
    { title: 'within 1 dB', key: 'target_level_kept_share', unit: 'share' },
    { title: 'first 0.5 s', key: 'target_onset_level_db', unit: 'dB' },
    { title: 'SI-SDR', key: 'target_si_sdr_db', unit: 'dB' },
    { title: 'others: left', key: 'other_residual_db', unit: 'dB' },
    { title: 'first 0.5 s', key: 'other_onset_residual_db', unit: 'dB' },
    { title: 'both: SI-SDRi', key: 'both_si_sdri_db', unit: 'dB' },
    { title: 'level', key: 'both_level_db', unit: 'dB' },
    { title: 'pause: left', key: 'pause_residual_db', unit: 'dB' },
    { title: 'dBFS', key: 'pause_dbfs', unit: 'dB' },
  ],

  async score({ mixture: { rateHz }, segments }, run) {
    const sums = {
      target: new SignalSums(),
      targetOnset: new SignalSums(),
      other: new SignalSums(),
      otherOnset: new SignalSums(),
      both: new SignalSums(),
      pause: new SignalSums(),
    };
    const parts = segments.flatMap(({ fromS, toS, who }): Part[] => {
      const part = (from: number, to: number, into: SignalSums): Part => ({
        from: Math.round(from * rateHz),
        to: Math.round(to * rateHz),
        sums: into,
      });
      const settled = Math.min(toS, fromS + SETTLE_S);
      if (who.length === 2) return [part(fromS, toS, sums.both)];
      if (who.includes('target'))
        return [part(fromS, toS, sums.target), part(fromS, settled, sums.targetOnset)];
      if (who.includes('other'))
        return [part(fromS, settled, sums.otherOnset), part(settled, toS, sums.other)];
      return [part(settled, toS, sums.pause)];
    });
    await run(parts);
    const level = sums.target.levelDb;
    return {
      target_level_db: level,
      target_level_kept_share: level === null ? null : Number(Math.abs(level) <= LEVEL_KEPT_DB),
      target_onset_level_db: sums.targetOnset.levelDb,
      target_si_sdr_db: sums.target.siSdrDb,
      other_residual_db: sums.other.residualDb,
      other_onset_residual_db: sums.otherOnset.residualDb,
      both_si_sdri_db: sums.both.siSdriDb,
      both_level_db: sums.both.levelDb,
      pause_residual_db: sums.pause.residualDb,
      pause_dbfs: sums.pause.estimateDbfs,
    };
  },
};
