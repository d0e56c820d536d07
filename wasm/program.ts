// Collects the instructions of a step. A method's fields, in this order, are the parameters of the kernel of the same name in wasm/assembly,
// which tells what they mean.
import { Operation } from './operations.ts';
import type { Arena } from './arena.ts';

export interface Linear {
  readonly panels: number;
  readonly input: number;
  readonly inputStride: number;
  readonly output: number;
  readonly outputStride: number;
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  /** The product is added to the output. */
  readonly adds?: boolean;
  /** Where the matrix is quantised. */
  readonly quantised?: Quantised;
}

/** How an input is brought to whole numbers of 16 bits, and where it lies while it is multiplied. */
export interface Quantised {
  /** The largest magnitude becomes this. */
  readonly levels: number;
  /** Address of [rows, inputs] of 16 bits. */
  readonly values: number;
  /** Address of [rows]: what 1 is worth. */
  readonly steps: number;
}

export interface LayerNorm {
  readonly input: number;
  readonly output: number;
  readonly weight: number;
  readonly bias: number;
  readonly rows: number;
  readonly stride: number;
  readonly count: number;
}

export interface Convolve {
  readonly uz: number;
  readonly stride: number;
  readonly parameters: number;
  readonly conv_state: number;
  readonly rows: number;
  readonly channels: number;
  readonly taps: number;
}

export interface Discretise {
  readonly uz: number;
  readonly stride: number;
  readonly deltaB: number;
  readonly deltaBStride: number;
  readonly delta: number;
  readonly parameters: number;
  readonly rows: number;
  readonly channels: number;
  readonly dt_rank: number;
}

export interface Scan {
  readonly uz: number;
  readonly stride: number;
  readonly delta: number;
  readonly B: number;
  readonly BStride: number;
  readonly C: number;
  readonly CStride: number;
  readonly parameters: number;
  readonly ssm_state: number;
  readonly rows: number;
  readonly channels: number;
  readonly states: number;
}

export class Program {
  readonly #words: number[] = [];

  linear(o: Linear): void {
    if (o.quantised !== undefined) return this.#linearI16(o, o.quantised);
    this.#add(Operation.Linear, o.panels, o.input, o.inputStride, o.output, o.outputStride);
    this.#words.push(o.rows, o.inputs, o.outputs, o.adds ? 1 : 0);
  }

  layerNorm(o: LayerNorm): void {
    this.#add(Operation.LayerNorm, o.input, o.output, o.weight, o.bias, o.rows, o.stride, o.count);
  }

  /** output = a ⊙ b */
  multiply(a: number, b: number, output: number, count: number): void {
    this.#add(Operation.Multiply, a, b, output, count);
  }

  /** x = x ⊙ scale + shift */
  multiplyAdd(x: number, scale: number, shift: number, count: number): void {
    this.#add(Operation.MultiplyAdd, x, scale, shift, count);
  }

  /** x = silu(x) */
  silu(x: number, count: number): void {
    this.#add(Operation.Silu, x, count);
  }

  convolve(o: Convolve): void {
    this.#add(Operation.Convolve, o.uz, o.stride, o.parameters, o.conv_state, o.rows, o.channels, o.taps);
  }

  discretise(o: Discretise): void {
    this.#add(Operation.Discretise, o.uz, o.stride, o.deltaB, o.deltaBStride, o.delta, o.parameters);
    this.#words.push(o.rows, o.channels, o.dt_rank);
  }

  scan(o: Scan): void {
    this.#add(Operation.Scan, o.uz, o.stride, o.delta, o.B, o.BStride, o.C, o.CStride, o.parameters);
    this.#words.push(o.ssm_state, o.rows, o.channels, o.states);
  }

  /** estimate = mask · spectrum, complex */
  applyMask(mask: number, spectrum: number, estimate: number, bins: number): void {
    this.#add(Operation.ApplyMask, mask, spectrum, estimate, bins);
  }

  /** Where the instructions begin and end, in memory. */
  place(arena: Arena): { readonly begin: number; readonly end: number } {
    const begin = arena.place(Uint32Array.from(this.#words));
    return { begin, end: begin + 4 * this.#words.length };
  }

  #linearI16(o: Linear, { levels, values, steps }: Quantised): void {
    this.#add(Operation.Quantise, o.input, o.inputStride, values, steps, o.rows, o.inputs, levels);
    this.#add(Operation.LinearI16, o.panels, values, steps, o.output, o.outputStride);
    this.#words.push(o.rows, o.inputs, o.outputs, o.adds ? 1 : 0);
  }

  #add(operation: Operation, ...operands: number[]): void {
    this.#words.push(operation, ...operands);
  }
}
