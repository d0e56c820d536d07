// Weights in the order in which the kernels read them.
import { padded } from './arena.ts';

const WIDE_PANEL = 32;
const PANEL = 8;
const QUAD = 4;

export interface PanelOptions {
  readonly inputs: number;
  readonly outputs: number;
  readonly bias?: Float32Array;
  /** One row at a time is multiplied: panels of 32 outputs first. */
  readonly single: boolean;
  /** Place of an input or output in its padded vector; by default the same. */
  readonly inputAt?: (input: number) => number;
  readonly outputAt?: (output: number) => number;
  /** Lengths of the padded vectors; by default the counts, rounded up. */
  readonly paddedInputs?: number;
  readonly paddedOutputs?: number;
}

export interface Panels {
  readonly values: Float32Array;
  /** Padded. */
  readonly inputs: number;
  readonly outputs: number;
}

/** weight [outputs, inputs] -> panel after panel, each its biases, then its weights input by input. */
export function panels(weight: Float32Array, options: PanelOptions): Panels {
  const { bias, single, inputAt = same, outputAt = same } = options;
  const { inputs, outputs } = paddedSizes(options);
  const values = new Float32Array((inputs + 1) * outputs);
  for (let o = 0; o < options.outputs; o++) {
    const { first, lane, width } = panelAt(outputAt(o), outputs, single);
    const panel = first * (inputs + 1) + lane;
    if (bias !== undefined) values[panel] = bias[o];
    for (let i = 0; i < options.inputs; i++)
      values[panel + (inputAt(i) + 1) * width] = weight[o * options.inputs + i];
  }
  return { values, inputs, outputs };
}

export function paddedSizes(options: PanelOptions): { readonly inputs: number; readonly outputs: number } {
  return {
    inputs: options.paddedInputs ?? padded(options.inputs),
    outputs: options.paddedOutputs ?? padded(options.outputs),
  };
}

/** The panel of output `at`: its first output, its width, and the output's place in it. */
export function panelAt(
  at: number,
  outputs: number,
  single: boolean,
): { readonly first: number; readonly lane: number; readonly width: number } {
  const wide = single ? Math.floor(outputs / WIDE_PANEL) * WIDE_PANEL : 0;
  const width = at < wide ? WIDE_PANEL : PANEL;
  const lane = at % width;
  return { first: at - lane, lane, width };
}

function same(index: number): number {
  return index;
}

/** rows [row][channels] -> [padded channels / 4, row, 4]: what four channels need lies together. */
export function quads(rows: readonly Float32Array[], channels: number): Float32Array {
  const values = new Float32Array(padded(channels) * rows.length);
  rows.forEach((row, r) => {
    for (let i = 0; i < channels; i++)
      values[(Math.floor(i / QUAD) * rows.length + r) * QUAD + (i % QUAD)] = row[i];
  });
  return values;
}

/** values [rows, count] -> [rows, padded count] */
export function padRows(values: Float32Array, count: number): Float32Array {
  const stride = padded(count);
  const rows = values.length / count;
  const result = new Float32Array(rows * stride);
  for (let row = 0; row < rows; row++)
    result.set(values.subarray(row * count, (row + 1) * count), row * stride);
  return result;
}

/** matrix [rows, columns] -> its rows */
export function rowsOf(matrix: Float32Array, columns: number): Float32Array[] {
  return Array.from({ length: matrix.length / columns }, (_, row) =>
    matrix.subarray(row * columns, (row + 1) * columns),
  );
}

/** matrix [rows, columns] -> its columns */
export function columnsOf(matrix: Float32Array, columns: number): Float32Array[] {
  return Array.from({ length: columns }, (_, column) =>
    Float32Array.from({ length: matrix.length / columns }, (__, row) => matrix[row * columns + column]),
  );
}
