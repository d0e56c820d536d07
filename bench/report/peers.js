// Where somebody else does better than the WebAssembly step, said from the figures.
import { isSoftware, rowsBy } from './goals.js';

/** Up to here, a ratio is about one. */
const ABOUT = 1.2;

const per = (row) => `${row.real_time_factor.toFixed(3)}`;
const mb = (bytes) => (bytes / 1e6).toFixed(1);

/** Sentences; one that says so where there is nothing. */
export function peersBetter(report) {
  const where = report.rows.some((row) => row.where === 'chromium-worker') ? 'chromium-worker' : 'node';
  const row = rowsBy(report, where);
  const ours = row('wasm');
  if (!ours) return ['Ours was not measured.'];
  const sentences = [];
  for (const [what, name] of [
    ['rnnoise', 'RNNoise'],
    ['gtcrn', 'GTCRN'],
  ]) {
    const peer = row(what);
    if (!peer) continue;
    if (peer.times_wasm < 1)
      sentences.push(
        `${name} needs ${(1 / peer.times_wasm).toFixed(1)} times less time for the same audio (real-time factor ${per(peer)} against ${per(ours)}).`,
      );
    else if (peer.times_wasm < ABOUT)
      sentences.push(
        `${name} needs about as much time for the same audio (${peer.times_wasm.toFixed(2)} × ours), and its transform is in that.`,
      );
    if (peer.bytes < ours.bytes)
      sentences.push(`${name} fetches ${mb(peer.bytes)} MB, ours ${mb(ours.bytes)} MB.`);
  }
  const mamba = row('ort-wasm');
  for (const seconds of [1, 4, 16]) {
    const peer = row(`cross-attention-${seconds}s`);
    if (peer && mamba && peer.times_wasm < mamba.times_wasm)
      sentences.push(
        `By the same runtime, attention over ${seconds} s takes ${(100 * (1 - peer.times_wasm / mamba.times_wasm)).toFixed(0)} % less time than CrossMamba.`,
      );
  }
  const gpu = row('webgpu');
  const relaxed = row('wasm-relaxed') ?? ours;
  if (gpu && !isSoftware(report, where))
    sentences.push(
      gpu.p50_ms > relaxed.p50_ms
        ? `Our own WebGPU needs ${(gpu.p50_ms / relaxed.p50_ms).toFixed(1)} times as long as our WebAssembly.`
        : `Our own WebGPU is ${(relaxed.p50_ms / gpu.p50_ms).toFixed(1)} times as fast as our WebAssembly.`,
    );
  sentences.push('ONNX Runtime Web runs any model; our kernels run this one.');
  return sentences;
}
