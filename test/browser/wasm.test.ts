// The WebAssembly backend in Chromium: in the page, where relaxed SIMD runs too, and in the real worker.
import { expect } from 'chai';
import type {} from 'mocha';
import { readSafetensors } from '../../src/shared/safetensors.ts';
import { createExtractor } from '../../src/index.ts';
import { flavours } from '../../wasm/binary.ts';
import { report } from '../report.ts';
import { wasmCases } from './wasm-cases.ts';

const TIMEOUT_MS = 300_000;
const GOLDEN = new URL('../golden/', import.meta.url);
/** Against PyTorch, over a whole file. */
const GOLDEN_TOLERANCE = 2e-4;

async function golden(path: string): Promise<Uint8Array> {
  const response = await fetch(new URL(path, GOLDEN));
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

for (const flavour of ['simd', 'relaxed-simd'] as const)
  if (flavours().includes(flavour))
    wasmCases({
      flavour,
      golden,
      describe: (name, body) => void describe(`WebAssembly in the browser, ${flavour}: ${name}`, body),
      it: (name, body) => void it(name, body).timeout(TIMEOUT_MS),
    });
  else
    it(`WebAssembly in the browser, ${flavour}`, function () {
      report(`skipped: this browser does not run ${flavour}`);
      this.skip();
    });

it("gives PyTorch's estimate in the real worker", async () => {
  const tensors = readSafetensors(await golden('small/golden.safetensors'), 'golden.safetensors');
  const get = (name: string) => tensors.get(name)!.data.slice();
  const extractor = await createExtractor({
    modelUrl: new URL('small', GOLDEN).href,
    backend: 'wasm',
    adaptation: false, // PyTorch's follows one clue
  });
  try {
    expect(extractor.report.backend).to.equal('wasm');
    await extractor.setClue(get('embedding'));
    const estimate = await extractor.extract(get('mixture'), 16_000, { hearFirst: false });
    const worst = get('estimate').reduce(
      (most, value, n) => Math.max(most, Math.abs(value - estimate[n])),
      0,
    );
    report(
      `real worker, small golden, wasm (${extractor.report.reason}): largest difference ${worst.toExponential(1)}`,
    );
    expect(worst).to.be.lessThan(GOLDEN_TOLERANCE);
  } finally {
    await extractor.dispose();
  }
});
