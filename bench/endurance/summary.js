// What a long run amounts to: memory at its ends and its slope, deadlines, and whether any clock ran away from another.
const HOP_S = 0.008;

/** Least squares slope of `values` over `minutes`. */
export function slope(minutes, values) {
  const mean = (all) => all.reduce((sum, value) => sum + value, 0) / all.length;
  const [middle, level] = [mean(minutes), mean(values)];
  const spread = minutes.reduce((sum, minute) => sum + (minute - middle) ** 2, 0);
  const together = minutes.reduce((sum, minute, n) => sum + (minute - middle) * (values[n] - level), 0);
  return spread === 0 ? 0 : together / spread;
}

/** Of readings of run.js: first, last, largest, and bytes more a minute; null where the browser did not tell. */
function memory(readings, minutes, get) {
  const values = readings.map(get);
  if (values.some((value) => value === null)) return null;
  const perMinute = Math.round(slope(minutes, values));
  return { first: values[0], last: values.at(-1), largest: Math.max(...values), per_minute: perMinute };
}

/** Seconds of sound that went in, and that the hops stand for. */
const soundS = ({ quanta, rateHz }) => (128 * quanta) / rateHz;
const hopsS = ({ hops, skippedHops }) => HOP_S * (hops + skippedHops);

export function summary({ began, lags, readings, failures, workersLeft }) {
  const [first, last] = [readings[0].after, readings.at(-1).before];
  const minutes = readings.map(({ before }) => (before.clockMs - readings[0].before.clockMs) / 60_000);
  const clockS = (last.clockMs - first.clockMs) / 1000;
  const missedSpans = readings.slice(1).map(({ before }, n) => missed(readings[n].after, before));
  const whileLooking = readings.map(({ before, after }) => missed(before, after));
  const sum = (all, name) => all.reduce((total, one) => total + one[name], 0);
  return {
    ...began,
    rate_hz: last.rateHz,
    seconds: clockS,
    hops: last.hops - first.hops,
    hops_left_out: last.skippedHops - first.skippedHops,
    missed_deadlines: sum(missedSpans, 'deadlines'),
    missed_ms: (1000 * sum(missedSpans, 'samples')) / last.rateHz,
    // While memory was looked at: collections halt the worker.
    missed_while_looking: sum(whileLooking, 'deadlines'),
    missed_by_span: missedSpans.map(({ deadlines }) => deadlines),
    overflow_samples: last.overflowSamples,
    dropped_samples: last.droppedSamples,
    recoveries: last.recoveries,
    step_p50_ms: last.stepP50Ms,
    step_p99_ms: last.stepP99Ms,
    // The sound's clock against the machine's: how fast the device runs. Nothing here follows from it but that it is no leak of samples.
    device_drift_ppm: 1e6 * ((last.contextS - first.contextS) / clockS - 1),
    // Sound that went in, less what hops were run or left out for: stays below a hop and a burst, else samples get lost on the way.
    waiting_first_ms: 1000 * (soundS(first) - hopsS(first)),
    waiting_last_ms: 1000 * (soundS(last) - hopsS(last)),
    lag_samples: lags,
    memory: {
      page_objects: memory(readings, minutes, ({ pageHeap }) => pageHeap.objects),
      page_buffers: memory(readings, minutes, ({ pageHeap }) => pageHeap.buffers),
      worker_objects: memory(readings, minutes, ({ workerHeap }) => workerHeap.objects),
      worker_buffers: memory(readings, minutes, ({ workerHeap }) => workerHeap.buffers),
      process_resident: memory(readings, minutes, ({ rssBytes }) => rssBytes),
    },
    elements: [readings[0].nodes, readings.at(-1).nodes],
    workers: [readings[0].workers, readings.at(-1).workers, workersLeft],
    load: readings.map(({ load }) => Number(load.toFixed(1))),
    uncaught: failures,
    // Bytes, every time: page's objects, worker's objects, process.
    minutes: minutes.map((minute) => Number(minute.toFixed(2))),
    page_objects: readings.map(({ pageHeap }) => pageHeap.objects),
    worker_objects: readings.map(({ workerHeap }) => workerHeap.objects),
    process_resident: readings.map(({ rssBytes }) => rssBytes),
  };
}

function missed(from, to) {
  return {
    deadlines: to.missedDeadlines - from.missedDeadlines,
    samples: to.missedSamples - from.missedSamples,
  };
}
