// Measures one step of every backend that computes on the processor, beside a floor: the same number of multiply-accumulates as plain matrix
// times vector, by the same kernels. Runs in Node and in a browser's worker alike.
import type { Backend } from '../src/shared/backend.ts';
import type { Model } from '../src/shared/model.ts';
import { ReferenceBackend } from '../src/worker/reference/reference-backend.ts';
import { Arena } from '../wasm/arena.ts';
import { flavours, instantiate, type Flavour } from '../wasm/binary.ts';
import { panels } from '../wasm/layout.ts';
import { Program } from '../wasm/program.ts';
import { WasmBackend } from '../wasm/wasm-backend.ts';
import { multiplyAccumulates } from './multiply-accumulates.ts';

export interface Row {
  readonly what: string;
  readonly p50_ms: number;
  readonly p95_ms: number;
  readonly p99_ms: number;
  readonly max_ms: number;
  readonly real_time_factor: number;
  readonly mmac_per_hop: number;
  /** Of what is taken for the floor's rate: p50 against the p50 of the floor by the same binary. */
  readonly times_floor: number | null;
}

/** Hops of one contender in a row, the first two of which are not counted; then the next one's turn. */
const BURST = 12;
const UNCOUNTED = 2;
const FLOOR = { outputs: 512, inputs: 256 };

interface Contender {
  readonly what: string;
  /** One hop. */
  run(): void;
  /** The floor that it is held against. */
  readonly floor?: string;
  /** What a time is multiplied with. */
  readonly scale: number;
  readonly tookMs: number[];
}

/** `rounds` bursts of each; the contenders alternate, because the machine may be shared. */
export async function measureSteps(model: Model, rounds: number): Promise<Row[]> {
  const macs = multiplyAccumulates(model);
  const contenders: Contender[] = [];
  for (const flavour of flavours().reverse()) {
    const suffix = flavour === 'simd' ? '' : '-relaxed';
    const floor = `floor-gemv${suffix}`;
    contenders.push({ ...(await step(`wasm${suffix}`, new WasmBackend({ flavour }), model)), floor });
    contenders.push(await gemv(floor, flavour, macs));
  }
  contenders.push({
    ...(await step('reference', new ReferenceBackend(), model)),
    floor: contenders[0]?.floor,
  });

  for (let round = 0; round < rounds; round++)
    for (const { run, scale, tookMs } of contenders)
      for (let n = 0; n < BURST; n++) {
        const began = performance.now();
        run();
        const took = performance.now() - began;
        if (n >= UNCOUNTED) tookMs.push(took * scale);
      }

  const hopMs = (1000 * model.config.hop) / model.config.sample_rate;
  const median = (what?: string) => contenders.find((one) => one.what === what)?.tookMs;
  return contenders.map(({ what, floor, tookMs }) => {
    const [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1].map((share) => quantile(tookMs, share));
    const floorMs = median(floor);
    return {
      what,
      ...{ p50_ms: p50, p95_ms: p95, p99_ms: p99, max_ms: max },
      real_time_factor: p50 / hopMs,
      mmac_per_hop: macs / 1e6,
      times_floor: floorMs === undefined ? null : p50 / quantile(floorMs, 0.5),
    };
  });
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

/** As many products of one matrix with one vector as have the multiply-accumulates of a step. */
async function gemv(what: string, flavour: Flavour, macs: number): Promise<Contender> {
  const kernels = await instantiate(flavour);
  const arena = new Arena(kernels);
  const { inputs, outputs } = FLOOR;
  const weight = Float32Array.from({ length: inputs * outputs }, (_, n) => Math.sin(n));
  const laid = panels(weight, { inputs, outputs, single: true });
  const placed = { panels: arena.place(laid.values), inputs, outputs };
  const input = arena.place(Float32Array.from({ length: inputs }, (_, n) => Math.cos(n)));
  const output = arena.reserve(outputs);
  const program = new Program();
  const times = Math.round(macs / (inputs * outputs));
  for (let n = 0; n < times; n++)
    program.linear({ ...placed, input, inputStride: 0, output, outputStride: 0, rows: 1 });
  const { begin, end } = program.place(arena);
  const scale = macs / (times * inputs * outputs);
  return { what, scale, tookMs: [], run: () => kernels.run(begin, end) };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}
