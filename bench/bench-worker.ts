// The bench in a browser's worker.
import { findAdapter } from '../gpu/device.ts';
import { loadModel } from '../src/worker/load-model.ts';
import { bench } from './all.ts';
import type { Surroundings } from './contestant.ts';

addEventListener('message', async ({ data: { modelUrl, filesUrl, fileBytes, seconds, only } }) => {
  try {
    const surroundings: Surroundings = {
      ...{ where: 'chromium-worker', model: await loadModel(modelUrl), fileBytes, heapBytes: null },
      ...{ gpu: navigator.gpu, gpuReason: 'this browser has no WebGPU' },
      file: async (name) => (await fetch(`${filesUrl}/${name}`)).arrayBuffer(),
      async ort(provider) {
        const ort = await (provider === 'wasm'
          ? import('onnxruntime-web/wasm')
          : import('onnxruntime-web/webgpu'));
        ort.env.wasm.numThreads = 1;
        ort.env.wasm.wasmPaths = { wasm: `${filesUrl}/${provider === 'wasm' ? 'ort' : 'ort-webgpu'}.wasm` };
        return ort;
      },
    };
    const rows = await bench(surroundings, { seconds, only });
    const adapter = await findAdapter(navigator.gpu).then(
      ({ description }) => description,
      (error: Error) => `none: ${error.message}`,
    );
    postMessage({ rows, adapter });
  } catch (error) {
    postMessage({ error: String(error) });
  }
});
