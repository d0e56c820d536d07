// The clue encoder on the WebAssembly kernels: PyTorch's clue, and that of the reference at the shipped model's size.
import { expect } from 'chai';
import { parseModel, type Model } from '../../src/shared/model.ts';
import { readSafetensors } from '../../src/shared/safetensors.ts';
import { encodeClue } from '../../src/worker/clue-encoder.ts';
import { WasmClueNetwork } from '../../wasm/clue-network.ts';
import { report } from '../report.ts';
import { noise } from '../unit/seeded.ts';
import { relative } from './comparison.ts';
import { randomModel, REAL } from './gpu-model.ts';
import type { Environment } from './wasm-cases.ts';

const TOLERANCE = 2e-5;

export function wasmClueCases({ flavour, describe, it, golden }: Environment): void {
  const encode = async (model: Model, samples: Float32Array) =>
    encodeClue(model, samples, await WasmClueNetwork.create(model, flavour));

  describe('clue encoder', () => {
    for (const size of ['tiny', 'small'])
      it(`${size}: equals PyTorch`, async () => {
        const text = new TextDecoder().decode(await golden(`${size}/config.json`));
        const model = await parseModel(text, await golden(`${size}/model.safetensors`));
        const tensors = readSafetensors(await golden(`${size}/golden.safetensors`), `${size}/golden`);
        const clue = await encode(model, tensors.get('enrollment')!.data);
        const error = relative(clue, tensors.get('clue')!.data);
        report(`${flavour}, clue, ${size}: ${error.toExponential(1)}`);
        expect(error).to.be.lessThan(TOLERANCE);
      });

    it('the real size: equals the reference over four seconds', async () => {
      const model = randomModel(REAL, { clueEncoder: { d_model: 128, layers: 3 } });
      const samples = noise(4 * 16_000, 1, 0.3);
      const began = performance.now();
      const clue = await encode(model, samples);
      const between = performance.now();
      const expected = encodeClue(model, samples);
      const [tookMs, referenceMs] = [between - began, performance.now() - between];
      const error = relative(clue, expected);
      report(
        `${flavour}, clue of 4 s: ${error.toExponential(1)}; ${tookMs.toFixed(0)} ms, the reference ${referenceMs.toFixed(0)} ms`,
      );
      expect(error).to.be.lessThan(TOLERANCE);
    });
  });
}
