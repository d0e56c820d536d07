// The floor of a step: as many multiply-accumulates, as nothing but a matrix times a vector, by the same kernels at the same precision. The
// matrix stays in the cache.
import { Arena } from '../../wasm/arena.ts';
import { instantiate, type Flavour } from '../../wasm/binary.ts';
import { panels } from '../../wasm/layout.ts';
import { Program } from '../../wasm/program.ts';
import { quantisedPanels } from '../../wasm/quantise.ts';
import { placeScratch, type Precision } from '../../wasm/weights.ts';
import type { Runner } from './contestant.ts';

const INPUTS = 256;
const OUTPUTS = 512;

/** Whole matrices only, and one at least: the time is scaled to the multiply-accumulates asked for. */
export async function gemvFloor(flavour: Flavour, precision: Precision, macs: number): Promise<Runner> {
  const kernels = await instantiate(flavour);
  const arena = new Arena(kernels);
  const weight = Float32Array.from({ length: INPUTS * OUTPUTS }, (_, n) => Math.sin(n));
  const shape = { inputs: INPUTS, outputs: OUTPUTS, single: true };
  const operands = {
    ...{ inputs: INPUTS, outputs: OUTPUTS, rows: 1, inputStride: 0, outputStride: 0 },
    input: arena.place(Float32Array.from({ length: INPUTS }, (_, n) => Math.cos(n))),
    output: arena.reserve(OUTPUTS),
  };
  const program = new Program();
  const times = Math.max(1, Math.round(macs / weight.length));
  if (precision === 'f32') {
    const placed = arena.place(panels(weight, shape).values);
    for (let n = 0; n < times; n++) program.linear({ ...operands, panels: placed });
  } else {
    const { words, levels } = quantisedPanels(weight, shape);
    const quantised = { levels, ...placeScratch(arena, INPUTS, 1) };
    const placed = arena.place(words);
    for (let n = 0; n < times; n++) program.linear({ ...operands, panels: placed, quantised });
  }
  const { begin, end } = program.place(arena);
  return { run: () => kernels.run(begin, end), scale: macs / (times * weight.length) };
}
