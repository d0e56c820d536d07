// Measures one step of every backend that computes on the processor, beside two floors: the same number of multiply-accumulates as plain
// matrix times vector by the same kernels, with one matrix that stays in the cache, and over as many bytes of weights as the model has.
// Runs in Node and in a browser's worker alike.
import type { Backend } from '../../src/shared/backend.ts';
import type { Model } from '../../src/shared/model.ts';
import { ReferenceBackend } from '../../src/worker/reference/reference-backend.ts';
import { Arena } from '../../wasm/arena.ts';
import { flavours, instantiate, type Flavour } from '../../wasm/binary.ts';
import { panels } from '../../wasm/layout.ts';
import { Program } from '../../wasm/program.ts';
import { WasmBackend } from '../../wasm/wasm-backend.ts';
import { hopTimes, type HopTimes } from '../shared/hop-times.ts';
import { hopWeights, multiplyAccumulates } from '../shared/multiply-accumulates.ts';
import { quantile } from '../shared/quantile.ts';

export interface Row extends HopTimes {
  readonly what: string;
  readonly mmac_per_hop: number;
  /** Against the floor by the same binary, whose matrix stays in the cache. */
  readonly times_floor: Ratio | null;
  /** Against the floor by the same binary, that reads as many bytes. */
  readonly times_floor_bytes: Ratio | null;
}

export interface Ratio {
  readonly min: number;
  readonly p50: number;
}

/** Hops of one contender in a row, the first two of which are not counted; then the next one's turn. */
const BURST = 12;
const UNCOUNTED = 2;
const FLOOR = 'floor-gemv';
const FLOOR_BYTES = 'floor-gemv-bytes';
const MATRIX = { outputs: 512, inputs: 256 };

interface Contender {
  readonly what: string;
  /** One hop. */
  run(): void;
  /** Of the binary that its floors run by. */
  readonly suffix?: string;
  /** What a time is multiplied with. */
  readonly scale: number;
  readonly tookMs: number[];
}

/** `rounds` bursts of each; the contenders alternate, because the machine may be shared. */
export async function measureSteps(model: Model, rounds: number): Promise<Row[]> {
  const macs = multiplyAccumulates(model);
  const weights = atLeastOne(hopWeights(model) / (MATRIX.outputs * MATRIX.inputs));
  const contenders: Contender[] = [];
  for (const flavour of flavours().reverse()) {
    const suffix = flavour === 'simd' ? '' : '-relaxed';
    contenders.push({ ...(await step(`wasm${suffix}`, new WasmBackend({ flavour }), model)), suffix });
    const exact = new WasmBackend({ flavour, precision: 'f32' });
    contenders.push({ ...(await step(`wasm${suffix}-f32`, exact, model)), suffix });
    contenders.push(await gemv(`${FLOOR}${suffix}`, flavour, macs, 1));
    contenders.push(await gemv(`${FLOOR_BYTES}${suffix}`, flavour, macs, weights));
  }
  contenders.push({ ...(await step('reference', new ReferenceBackend(), model)), suffix: '' });

  for (let round = 0; round < rounds; round++)
    for (const { run, scale, tookMs } of contenders)
      for (let n = 0; n < BURST; n++) {
        const began = performance.now();
        run();
        const took = performance.now() - began;
        if (n >= UNCOUNTED) tookMs.push(took * scale);
      }

  const hopMs = (1000 * model.config.hop) / model.config.sample_rate;
  const times = ({ tookMs }: Contender, floor: string): Ratio | null => {
    const held = contenders.find(({ what }) => what === floor);
    if (held === undefined) return null;
    const ratio = (share: number) => quantile(tookMs, share) / quantile(held.tookMs, share);
    return { min: ratio(0), p50: ratio(0.5) };
  };
  return contenders.map((one) => ({
    what: one.what,
    ...hopTimes(one.tookMs, hopMs),
    mmac_per_hop: macs / 1e6,
    times_floor: one.suffix === undefined ? null : times(one, `${FLOOR}${one.suffix}`),
    times_floor_bytes: one.suffix === undefined ? null : times(one, `${FLOOR_BYTES}${one.suffix}`),
  }));
}

async function step(what: string, backend: Backend, model: Model): Promise<Contender> {
  const { embedding } = model.config.extractor;
  const bins = model.config.frame / 2 + 1;
  const spectrum = Float32Array.from({ length: 2 * bins }, (_, n) => 3 * Math.sin(n * n));
  const estimate = new Float32Array(2 * bins);
  await backend.load(model);
  backend.setClue(new Float32Array(embedding).fill(1 / Math.sqrt(embedding)));
  return { what, scale: 1, tookMs: [], run: () => void backend.step(spectrum, estimate) };
}

/** A model may be smaller than the matrix of the floors. */
function atLeastOne(count: number): number {
  return Math.max(1, Math.round(count));
}

/** As many products of a matrix with a vector as have the multiply-accumulates of a step; so many matrices, the last again and again. */
async function gemv(what: string, flavour: Flavour, macs: number, matrices: number): Promise<Contender> {
  const kernels = await instantiate(flavour);
  const arena = new Arena(kernels);
  const { inputs, outputs } = MATRIX;
  const weight = Float32Array.from({ length: inputs * outputs }, (_, n) => Math.sin(n));
  const laid = panels(weight, { inputs, outputs, single: true });
  const placed = Array.from({ length: matrices }, () => arena.place(laid.values));
  const input = arena.place(Float32Array.from({ length: inputs }, (_, n) => Math.cos(n)));
  const output = arena.reserve(outputs);
  const program = new Program();
  const times = atLeastOne(macs / (inputs * outputs));
  for (let n = 0; n < times; n++)
    program.linear({
      ...{ panels: placed[Math.min(n, matrices - 1)], inputs, outputs, rows: 1 },
      ...{ input, inputStride: 0, output, outputStride: 0 },
    });
  const { begin, end } = program.place(arena);
  const scale = macs / (times * inputs * outputs);
  return { what, scale, tookMs: [], run: () => kernels.run(begin, end) };
}
