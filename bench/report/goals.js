// What the step is to reach, held against a report: each goal with what was measured, and whether it holds.
import { PLACES } from './names.js';

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|software/i;

/** A look-up of one place's measured rows. */
export const rowsBy = (report, where) => (what) =>
  report.rows.find((row) => row.where === where && row.what === what && !row.skipped);

/** Where a WebGPU row of a place ran on a processor that plays the GPU. */
export const isSoftware = (report, where) =>
  SOFTWARE.test((where === 'node' ? report.node_adapter : report.adapter) ?? '');

/** Goals of a place: `{goal, got, held}`; `held` is null where nothing is claimed, and missing where no goal was set. */
export function goalsOf(report, where) {
  const row = rowsBy(report, where);
  const goals = [];
  const best = row('wasm-relaxed') ?? row('wasm');
  const plain = row('wasm');
  if (!plain) return goals;
  const ort = row('ort-wasm');
  if (ort)
    goals.push({
      goal: 'WebAssembly p50 ≤ 1/3 of ONNX Runtime Web’s on the same model',
      got: `1/${ort.times_wasm.toFixed(1)}; with all weights in f32 1/${(ort.p50_ms / plain.f32_p50_ms).toFixed(1)}`,
      held: Math.min(ort.times_wasm, ort.p50_ms / plain.f32_p50_ms) >= 3,
    });
  for (const one of new Set([plain, best])) {
    const times = (value) => `${value.toFixed(2)} ×`;
    goals.push(
      {
        goal: `${one.what} p50 ≤ 2 × its multiply-accumulates at the f32 GEMV rate of the same run`,
        got: `${times(one.times_floor)}; with all weights in f32 ${times(one.f32_times_floor)}`,
        held: Math.max(one.times_floor, one.f32_times_floor) <= 2,
      },
      {
        goal: `${one.what} against the GEMV rate in 16 bits, as if every multiply-accumulate could run in them`,
        got: times(one.times_floor_i16),
      },
    );
  }
  // As the worker runs it, where that was measured.
  const run = row('wasm-adapting') ?? plain;
  const [following, alone] =
    run === plain ? ['', ''] : [', the clue following', `; the step alone ${plain.p99_ms.toFixed(2)} ms`];
  goals.push(
    {
      goal: `WebAssembly p99 ≤ 1.5 ms a hop${following}`,
      got: `${run.p99_ms.toFixed(2)} ms${alone}`,
      held: run.p99_ms <= 1.5,
    },
    {
      goal: `real-time factor ≤ 0.15${following}`,
      got: run.real_time_factor.toFixed(3),
      held: run.real_time_factor <= 0.15,
    },
  );
  const gpu = row('webgpu');
  const asking = row('floor-submit-map');
  const floor = row('floor-gemv');
  if (gpu && asking && floor) {
    const software = isSoftware(report, where);
    const own = gpu.p50_ms - asking.p50_ms;
    goals.push({
      goal: 'WebGPU step minus empty submit → map ≤ the GEMV floor, on a real adapter',
      got: software ? 'no real adapter here' : `${own.toFixed(2)} ms against ${floor.p50_ms.toFixed(2)} ms`,
      held: software ? null : own <= floor.p50_ms,
    });
  }
  return goals.map((goal) => ({ where: PLACES[where], ...goal }));
}
