// The bench in Node: prints its rows as JSON. Argument: what bench/bench.js hands over, as JSON.
import { readFile } from 'node:fs/promises';
import { folderSource } from '../../cli/folder-source.ts';
import { findNodeGpu } from '../../cli/node-gpu.ts';
import { loadModel } from '../../src/worker/load-model.ts';
import { adapterName, bench } from './all.ts';
import type { Surroundings } from './contestant.ts';

const { model, files, fileBytes, seconds, only } = JSON.parse(process.argv[2]);

async function measured(): Promise<object> {
  const { gpu, reason } = await findNodeGpu();
  const surroundings: Surroundings = {
    ...{ where: 'node', model: await loadModel(folderSource(model)), gpu, gpuReason: reason, fileBytes },
    async file(name) {
      const { buffer, byteOffset, byteLength } = await readFile(files[name]);
      return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
    },
    async ort(provider) {
      if (provider === 'webgpu') throw new Error('onnxruntime-web offers WebGPU in browsers only');
      const ort = await import('onnxruntime-web');
      ort.env.wasm.numThreads = 1;
      return ort;
    },
    heapBytes() {
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    },
  };
  return { rows: await bench(surroundings, { seconds, only }), adapter: await adapterName(gpu) };
}

const result = await measured().catch((error: unknown) => ({ error: String(error) }));
// The process would live for as long as the GPU object; what is written must be out before it ends.
process.stdout.write(JSON.stringify(result), () => process.exit(0));
