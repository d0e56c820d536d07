// The bench in a browser's worker.
import { loadModel } from '../../src/worker/load-model.ts';
import { adapterName, bench } from './all.ts';
import type { Surroundings } from './contestant.ts';

async function measured({ modelUrl, filesUrl, fileBytes, seconds, only }: Message): Promise<object> {
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
  return { rows: await bench(surroundings, { seconds, only }), adapter: await adapterName(navigator.gpu) };
}

interface Message {
  readonly modelUrl: string;
  readonly filesUrl: string;
  readonly fileBytes: Surroundings['fileBytes'];
  readonly seconds: number;
  readonly only: readonly string[];
}

addEventListener('message', async ({ data }: MessageEvent<Message>) => {
  postMessage(await measured(data).catch((error: unknown) => ({ error: String(error) })));
});
