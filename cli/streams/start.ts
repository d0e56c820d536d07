// Start: does a lead (silence, noise, other company) cost anything? The same sound once after the lead, once without it.
import { InputError } from '../../src/shared/errors.ts';
import { SignalSums } from '../../src/shared/metrics-sums.ts';
import type { StreamKind } from './measure.ts';

const ONSET_S = 2;

export const start: StreamKind = {
  name: 'start',
  needsSegments: true,
  runs: 2,
  columns: [
    { title: 'lead, s', key: 'lead_s', unit: 'number' },
    { title: 'without: SI-SDRi', key: 'fresh_si_sdri_db', unit: 'dB' },
    { title: 'with', key: 'si_sdri_db', unit: 'dB' },
    { title: 'cost', key: 'cost_db', unit: 'dB' },
    { title: 'cost, first 2 s', key: 'onset_cost_db', unit: 'dB' },
    { title: 'level, first 2 s', key: 'onset_level_db', unit: 'dB' },
    { title: 'lead: dBFS in', key: 'lead_mixture_dbfs', unit: 'dB' },
    { title: 'out', key: 'lead_dbfs', unit: 'dB' },
  ],

  async score({ id, mixture: { rateHz, samples }, segments }, run) {
    const lead = segments[0];
    if (lead === undefined || lead.fromS !== 0 || segments.length < 2)
      throw new InputError('has no lead', {
        where: `stream ${id}`,
        expected: 'a first segment from 0 s on, which is the lead, and another after it',
        got: JSON.stringify(segments.slice(0, 2)),
      });
    const from = Math.round(lead.toS * rateHz);
    const sums = () => {
      const [whole, onset] = [new SignalSums(), new SignalSums()];
      return {
        whole,
        onset,
        parts: [
          { from, to: samples, sums: whole },
          { from, to: from + ONSET_S * rateHz, sums: onset },
        ],
      };
    };
    const [fresh, led, silence] = [sums(), sums(), new SignalSums()];
    await run([...led.parts, { from: 0, to: from, sums: silence }]);
    await run(fresh.parts, { from });
    const cost = (part: 'whole' | 'onset') => {
      const [before, after] = [fresh[part].siSdriDb, led[part].siSdriDb];
      return before === null || after === null ? null : before - after;
    };
    return {
      lead_s: lead.toS,
      fresh_si_sdri_db: fresh.whole.siSdriDb,
      si_sdri_db: led.whole.siSdriDb,
      cost_db: cost('whole'),
      onset_cost_db: cost('onset'),
      onset_level_db: led.onset.levelDb,
      lead_mixture_dbfs: silence.mixtureDbfs,
      lead_dbfs: silence.estimateDbfs,
    };
  },
};
