// What the kernels can do. Read by both compilers: AssemblyScript's for wasm/assembly, TypeScript's for wasm/program.ts.

/** An instruction is one of these and then its operands, 32 bits each, in the order of the kernel's parameters. */
export enum Operation {
  Linear,
  Quantise,
  LinearI16,
  LayerNorm,
  Multiply,
  MultiplyAdd,
  Silu,
  Convolve,
  Discretise,
  Scan,
  ApplyMask,
}

/** f32 values: every vector is padded with zeros to a multiple of this, so that no kernel has a remainder. */
export const LANES = 8;
