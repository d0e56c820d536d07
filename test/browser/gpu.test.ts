// The WebGPU backend in Chromium.
import type {} from 'mocha';
import { report } from '../report.ts';
import { gpuCases } from './gpu-cases.ts';

const TIMEOUT_MS = 300_000;

const gpu = (navigator as Navigator | undefined)?.gpu;
const adapter = await gpu?.requestAdapter();
if (gpu && adapter)
  gpuCases({
    gpu,
    describe: (name, body) => void describe(`WebGPU in the browser: ${name}`, body),
    it: (name, body) => void it(name, body).timeout(TIMEOUT_MS),
    golden: async (path) => {
      const response = await fetch(new URL(`../golden/${path}`, import.meta.url));
      if (!response.ok) throw new Error(`${path}: ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    },
  });
else
  it('WebGPU in the browser', function () {
    report('skipped: this browser has no WebGPU adapter');
    this.skip();
  });
