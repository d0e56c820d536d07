// The model's tensors below a name, brought into the kernels' memory.
import { ModelFileError } from '../src/shared/errors.ts';
import type { Model } from '../src/shared/model.ts';
import type { Arena } from './arena.ts';
import { padRows, panels, type PanelOptions } from './layout.ts';
import type { Quantised } from './program.ts';
import { quantisedPanels } from './quantise.ts';

/** How the large matrices are multiplied: as they are, or in whole numbers of 16 bits, which is faster and reads half as much. */
export type Precision = 'f32' | 'i16';

/** Where an input lies while it is multiplied in whole numbers: one place for all matrices, as they are multiplied in turn. */
export type Scratch = Pick<Quantised, 'values' | 'steps'>;

/** `values`: of the largest input of all rows. */
export function placeScratch(arena: Arena, values: number, rows: number): Scratch {
  return { values: arena.reserve(Math.ceil(values / 2)), steps: arena.reserve(rows) };
}

/** A matrix in memory: operands that every `linear` needs. */
export interface PlacedPanels {
  readonly panels: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly quantised?: Quantised;
}

/** A norm in memory. */
export interface PlacedNorm {
  readonly weight: number;
  readonly bias: number;
  readonly count: number;
}

export class Weights {
  constructor(
    readonly arena: Arena,
    readonly model: Model,
    readonly prefix: string,
    /** Where the large matrices are to be quantised. */
    readonly scratch?: Scratch,
  ) {}

  in(name: string): Weights {
    return new Weights(this.arena, this.model, `${this.prefix}.${name}`, this.scratch);
  }

  /** @throws ModelFileError where there is none of that name. */
  get(name: string): Float32Array {
    const full = `${this.prefix}.${name}`;
    const tensor = this.model.tensors.get(full);
    if (tensor === undefined)
      throw new ModelFileError('a tensor is missing', { where: this.model.config.name, expected: full });
    return tensor.data;
  }

  /** The large matrix `name.weight`, quantised where there is a scratch for it. */
  large(name: string, options: Omit<PanelOptions, 'bias'>, biased = true): PlacedPanels {
    if (this.scratch === undefined) return this.matrix(name, options, biased);
    const bias = biased ? this.get(`${name}.bias`) : undefined;
    const { words, inputs, outputs, levels } = quantisedPanels(this.get(`${name}.weight`), {
      ...options,
      bias,
    });
    return { panels: this.arena.place(words), inputs, outputs, quantised: { levels, ...this.scratch } };
  }

  /** The matrix `name.weight`, with `name.bias` where `biased`. */
  matrix(name: string, options: Omit<PanelOptions, 'bias'>, biased = true): PlacedPanels {
    const bias = biased ? this.get(`${name}.bias`) : undefined;
    const { values, inputs, outputs } = panels(this.get(`${name}.weight`), { ...options, bias });
    return { panels: this.arena.place(values), inputs, outputs };
  }

  norm(name: string): PlacedNorm {
    const weight = this.get(`${name}.weight`);
    const place = (values: Float32Array) => this.arena.place(padRows(values, values.length));
    return { weight: place(weight), bias: place(this.get(`${name}.bias`)), count: weight.length };
  }
}
