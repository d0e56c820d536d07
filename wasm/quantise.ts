// Weights in whole numbers of 16 bits, in the order in which wasm/assembly/linear-i16.ts reads them.
import { panelAt, paddedSizes, type PanelOptions } from './layout.ts';

/** What a sum of 32 bits holds. */
const LARGEST_SUM = 2 ** 31 - 1;
const LARGEST_VALUE = 2 ** 15 - 1;
/** Bytes of an output's bias and step. */
const HEAD_BYTES = 8;

export interface QuantisedPanels {
  readonly words: Uint32Array;
  /** Padded. */
  readonly inputs: number;
  readonly outputs: number;
  /** Largest magnitude of a quantised input. */
  readonly levels: number;
}

/**
 * weight [outputs, inputs] -> panel after panel, each its biases, its steps (what 1 is worth), then its weights by pairs of inputs. Weights
 * and inputs share the 32 bits of a sum: every row's step is as small as Σ|weight| · levels < 2³¹ allows, so nothing ever overflows.
 */
export function quantisedPanels(weight: Float32Array, options: PanelOptions): QuantisedPanels {
  const { bias, single, inputAt = same, outputAt = same } = options;
  const { inputs, outputs } = paddedSizes(options);
  const rows = Array.from({ length: options.outputs }, (_, o) =>
    measure(weight.subarray(o * options.inputs, (o + 1) * options.inputs)),
  );
  const levels = levelsFor(rows);
  const buffer = new ArrayBuffer((2 * inputs + HEAD_BYTES) * outputs);
  const heads = new Float32Array(buffer);
  const values = new Int16Array(buffer);
  const inputPlaces = Uint32Array.from({ length: options.inputs }, (_, i) => inputAt(i));
  rows.forEach((row, o) => {
    const { first, lane, width } = panelAt(outputAt(o), outputs, single);
    const step = stepFor(row, levels, options.inputs);
    const head = (first * (2 * inputs + HEAD_BYTES)) / 4 + lane;
    if (bias !== undefined) heads[head] = bias[o];
    heads[head + width] = step;
    const body = 2 * (head - lane) + 4 * width + 2 * lane;
    for (let i = 0; i < options.inputs; i++) {
      const at = inputPlaces[i];
      values[body + (at - (at % 2)) * width + (at % 2)] = Math.round(weight[o * options.inputs + i] / step);
    }
  });
  return { words: new Uint32Array(buffer), inputs, outputs, levels };
}

interface Row {
  /** Largest magnitude. */
  readonly largest: number;
  /** Sum of magnitudes. */
  readonly sum: number;
}

function measure(values: Float32Array): Row {
  let [largest, sum] = [0, 0];
  for (const value of values) {
    largest = Math.max(largest, Math.abs(value));
    sum += Math.abs(value);
  }
  return { largest, sum };
}

/** Weights and inputs get the same number of bits. */
function levelsFor(rows: readonly Row[]): number {
  const ratio = rows.reduce(
    (most, { largest, sum }) => (largest > 0 ? Math.max(most, sum / largest) : most),
    1,
  );
  return Math.min(LARGEST_VALUE, Math.floor(Math.sqrt(LARGEST_SUM / ratio)));
}

/** Each weight may be rounded up by a half. */
function stepFor({ largest, sum }: Row, levels: number, inputs: number): number {
  if (largest === 0) return 0;
  return Math.max(largest / LARGEST_VALUE, sum / (LARGEST_SUM / levels - inputs / 2 - 1));
}

function same(index: number): number {
  return index;
}
