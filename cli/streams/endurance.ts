// Endurance: the last minute of a long run against the first. Fair only where both minutes hold the same sound.
import { InputError } from '../../src/shared/errors.ts';
import { SignalSums } from '../../src/shared/metrics-sums.ts';
import type { StreamKind } from './measure.ts';

const MINUTE_S = 60;

export const endurance: StreamKind = {
  name: 'endurance',
  needsSegments: false,
  runs: 1,
  columns: [
    { title: 'minutes', key: 'minutes', unit: 'number' },
    { title: 'first: SI-SDRi', key: 'first_minute_si_sdri_db', unit: 'dB' },
    { title: 'level', key: 'first_minute_level_db', unit: 'dB' },
    { title: 'last: SI-SDRi', key: 'last_minute_si_sdri_db', unit: 'dB' },
    { title: 'level', key: 'last_minute_level_db', unit: 'dB' },
    { title: 'last − first', key: 'drift_db', unit: 'dB' },
  ],

  async score({ id, mixture: { rateHz, samples } }, run) {
    const minute = MINUTE_S * rateHz;
    if (samples < 2 * minute)
      throw new InputError('is too short for a first and a last minute', {
        where: `stream ${id}`,
        expected: 'at least 2 minutes',
        got: `${(samples / rateHz).toFixed(1)} s`,
      });
    const [first, last] = [new SignalSums(), new SignalSums()];
    await run([
      { from: 0, to: minute, sums: first },
      { from: samples - minute, to: samples, sums: last },
    ]);
    const [before, after] = [first.siSdriDb, last.siSdriDb];
    return {
      minutes: samples / minute,
      first_minute_si_sdri_db: before,
      first_minute_level_db: first.levelDb,
      last_minute_si_sdri_db: after,
      last_minute_level_db: last.levelDb,
      drift_db: before === null || after === null ? null : after - before,
    };
  },
};
