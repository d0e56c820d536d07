// The kernels' one entry: carries out a list of instructions, so that a whole step of the network is a single call.
import { Operation } from '../operations.ts';
import { applyMask, multiply, multiplyAdd, siluAll } from './elementwise.ts';
import { convolve, discretise, scan } from './cross-mamba.ts';
import { layerNorm } from './layer-norm.ts';
import { linear } from './linear.ts';
import { linearI16, quantise } from './linear-i16.ts';
import { exp2, softplus } from './functions.ts';

/** The first byte of memory that is free. */
export const FREE: usize = __heap_base;

/** Of the instruction at `at`: its nth operand, from 1. */
function operand(at: usize, n: usize): usize {
  return load<u32>(at + (n << 2));
}

/** Carries out the instructions from address `at` to address `end`. Nothing is allocated. */
export function run(at: usize, end: usize): void {
  while (at < end) {
    switch (load<u32>(at)) {
      case Operation.Linear:
        linear(
          operand(at, 1),
          operand(at, 2),
          operand(at, 3),
          operand(at, 4),
          operand(at, 5),
          operand(at, 6),
          operand(at, 7),
          operand(at, 8),
          operand(at, 9),
        );
        at += 40;
        break;
      case Operation.Quantise:
        quantise(
          operand(at, 1),
          operand(at, 2),
          operand(at, 3),
          operand(at, 4),
          operand(at, 5),
          operand(at, 6),
          operand(at, 7),
        );
        at += 32;
        break;
      case Operation.LinearI16:
        linearI16(
          operand(at, 1),
          operand(at, 2),
          operand(at, 3),
          operand(at, 4),
          operand(at, 5),
          operand(at, 6),
          operand(at, 7),
          operand(at, 8),
          operand(at, 9),
        );
        at += 40;
        break;
      case Operation.LayerNorm:
        layerNorm(
          operand(at, 1),
          operand(at, 2),
          operand(at, 3),
          operand(at, 4),
          operand(at, 5),
          operand(at, 6),
          operand(at, 7),
        );
        at += 32;
        break;
      case Operation.Multiply:
        multiply(operand(at, 1), operand(at, 2), operand(at, 3), operand(at, 4));
        at += 20;
        break;
      case Operation.MultiplyAdd:
        multiplyAdd(operand(at, 1), operand(at, 2), operand(at, 3), operand(at, 4));
        at += 20;
        break;
      case Operation.Silu:
        siluAll(operand(at, 1), operand(at, 2));
        at += 12;
        break;
      case Operation.Convolve:
        convolve(
          operand(at, 1),
          operand(at, 2),
          operand(at, 3),
          operand(at, 4),
          operand(at, 5),
          operand(at, 6),
          operand(at, 7),
        );
        at += 32;
        break;
      case Operation.Discretise:
        discretise(
          operand(at, 1),
          operand(at, 2),
          operand(at, 3),
          operand(at, 4),
          operand(at, 5),
          operand(at, 6),
          operand(at, 7),
          operand(at, 8),
          operand(at, 9),
        );
        at += 40;
        break;
      case Operation.Scan:
        scan(
          operand(at, 1),
          operand(at, 2),
          operand(at, 3),
          operand(at, 4),
          operand(at, 5),
          operand(at, 6),
          operand(at, 7),
          operand(at, 8),
          operand(at, 9),
          operand(at, 10),
          operand(at, 11),
          operand(at, 12),
        );
        at += 52;
        break;
      default:
        applyMask(operand(at, 1), operand(at, 2), operand(at, 3), operand(at, 4));
        at += 20;
    }
  }
}

/** values [count] at `at` become 2^values; for the tests of accuracy. */
export function exp2All(at: usize, count: usize): void {
  for (const end = at + (count << 2); at < end; at += 16) v128.store(at, exp2(v128.load(at)));
}

/** values [count] at `at` become softplus(values); for the tests of accuracy. */
export function softplusAll(at: usize, count: usize): void {
  for (const end = at + (count << 2); at < end; at += 16) v128.store(at, softplus(v128.load(at)));
}
