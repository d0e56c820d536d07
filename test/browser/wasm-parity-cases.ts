// Parity of the WebAssembly backend at each precision: with PyTorch's goldens, and with the reference over many hops, without drift.
import { expect } from 'chai';
import { expectedTensors } from '../../src/shared/model-tensors.ts';
import { parseModel, type Model } from '../../src/shared/model.ts';
import { readSafetensors } from '../../src/shared/safetensors.ts';
import { ReferenceBackend } from '../../src/worker/reference/reference-backend.ts';
import { WasmBackend } from '../../wasm/wasm-backend.ts';
import type { Precision } from '../../wasm/weights.ts';
import { report } from '../report.ts';
import { check, ready, relative, SPECTRUM, states, voice } from './comparison.ts';
import { randomModel, REAL } from './gpu-model.ts';
import { DRIFT_HOPS, DRIFT_TOLERANCE, drift } from './long-run.ts';
import { ODD, type Environment } from './wasm-cases.ts';

export function wasmParityCases({ flavour, describe, it, golden }: Environment, precision: Precision): void {
  const loaded = async (model: Model) => ready(new WasmBackend({ flavour, precision }), model);
  const who = `${flavour}, ${precision}`;

  describe(`parity with PyTorch, ${precision}`, () => {
    for (const size of ['tiny', 'small'])
      it(`${size}: mask and both states`, async () => {
        const text = new TextDecoder().decode(await golden(`${size}/config.json`));
        const model = await parseModel(text, await golden(`${size}/model.safetensors`));
        const tensors = readSafetensors(await golden(`${size}/golden.safetensors`), `${size}/golden`);
        const values = (name: string) => tensors.get(name)!.data;
        const backend = await loaded(model);
        backend.setClue(values('embedding'));
        check(`${who}, ${size}, against PyTorch`, precision, await runGolden(backend, model, values));
        backend.destroy();
      });
  });

  describe(`parity with the reference, ${precision}`, () => {
    it('odd sizes: estimate and both states over 2000 hops, without drift', async () => {
      const model = reshaped(randomModel(ODD), { d_conv: 3, expand: 3 });
      const [a, b] = [await loaded(model), await ready(new ReferenceBackend(), model)];
      const part = 400;
      const errors: number[] = [];
      const [got, expected] = [new Float32Array(part * SPECTRUM), new Float32Array(part * SPECTRUM)];
      for (let from = 0; from < 2000; from += part) {
        for (let t = 0; t < part; t++) {
          const spectrum = voice(from + t);
          a.step(spectrum, got.subarray(t * SPECTRUM, (t + 1) * SPECTRUM));
          b.step(spectrum, expected.subarray(t * SPECTRUM, (t + 1) * SPECTRUM));
        }
        errors.push(relative(got, expected));
      }
      report(`${who}, odd sizes, fifth by fifth: ${errors.map((e) => e.toExponential(1)).join(', ')}`);
      check(`${who}, odd sizes, 2000 hops`, precision, {
        estimate: Math.max(...errors),
        ...states(await a.snapshot(), await b.snapshot()),
      });
      expect(errors.at(-1)! / errors[0], 'drift').to.be.lessThan(DRIFT_TOLERANCE);
    });

    it(`the real size: estimate and both states over ${DRIFT_HOPS} hops, without drift`, async () => {
      const { errors, growth } = await drift(
        `${who}, the real size`,
        await loaded(randomModel(REAL)),
        DRIFT_HOPS,
      );
      check(`${who}, the real size, ${DRIFT_HOPS} hops`, precision, errors);
      expect(growth, 'drift').to.be.lessThan(DRIFT_TOLERANCE);
    });
  });
}

/** The same model with other sizes inside its layers; its values are repeated. */
function reshaped(model: Model, sizes: { readonly d_conv: number; readonly expand: number }): Model {
  const config = { ...model.config, extractor: { ...model.config.extractor, ...sizes } };
  const tensors = new Map(model.tensors);
  for (const [name, shape] of expectedTensors(config)) {
    const { data } = model.tensors.get(name)!;
    const length = shape.reduce((a, b) => a * b, 1);
    tensors.set(name, { shape, data: Float32Array.from({ length }, (_, n) => data[n % data.length]) });
  }
  return { config, tensors };
}

async function runGolden(
  backend: WasmBackend,
  { config }: Model,
  values: (name: string) => Float32Array,
): Promise<Record<string, number>> {
  const spectra = values('spectrum');
  const bins = config.frame / 2 + 1;
  const hops = spectra.length / (2 * bins);
  expect(hops).to.be.at.least(200);
  const mask = new Float32Array(spectra.length);
  const estimate = new Float32Array(2 * bins);
  const errors: Record<string, number> = {};
  for (let t = 0; t < hops; t++) {
    backend.step(spectra.subarray(t * 2 * bins, (t + 1) * 2 * bins), estimate);
    mask.set(backend.mask, t * 2 * bins);
    const when = t + 1 === Math.floor(hops / 2) ? 'half' : t + 1 === hops ? 'end' : undefined;
    if (when === undefined) continue;
    const snapshot = await backend.snapshot();
    for (const kind of ['conv_state', 'ssm_state'] as const)
      for (let l = 0; l < config.extractor.layers; l++)
        for (const [n, where] of ['full_band', 'bands'].entries()) {
          const name = `${kind}.${when}.${l}.${where}`;
          errors[name] = relative(snapshot[kind][2 * l + n], values(name));
        }
  }
  return { mask: relative(mask, values('mask')), ...errors };
}
