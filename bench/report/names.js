// What the rows of a bench are called for people.
export const NAMES = {
  wasm: 'ours, WebAssembly',
  'wasm-relaxed': 'ours, relaxed SIMD',
  'wasm-adapting': 'ours, WebAssembly, adapting',
  webgpu: 'ours, WebGPU',
  reference: 'ours, plain TypeScript',
  'ort-wasm': 'ONNX Runtime Web, wasm',
  'ort-webgpu': 'ONNX Runtime Web, webgpu',
  'cross-attention-1s': 'attention 1 s, ONNX wasm',
  'cross-attention-4s': 'attention 4 s, ONNX wasm',
  'cross-attention-16s': 'attention 16 s, ONNX wasm',
  gtcrn: 'GTCRN',
  rnnoise: 'RNNoise',
  'floor-gemv': 'floor: GEMV',
  'floor-submit-map': 'floor: submit → map',
};

export const PLACES = { 'chromium-worker': 'Chromium, worker', node: 'Node' };
