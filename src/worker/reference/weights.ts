// A model's tensors below a name, the way PyTorch nests its modules.
import { ModelFileError } from '../../shared/errors.ts';
import type { Model } from '../../shared/model.ts';

export class Weights {
  constructor(
    readonly model: Model,
    readonly prefix: string,
  ) {}

  /** The module `name` inside this one. */
  in(name: string): Weights {
    return new Weights(this.model, `${this.prefix}.${name}`);
  }

  /** Values of the tensor `name`, row-major. Throws ModelFileError where there is none. */
  get(name: string): Float32Array {
    const full = `${this.prefix}.${name}`;
    const tensor = this.model.tensors.get(full);
    if (tensor === undefined)
      throw new ModelFileError('is missing', { where: `${this.model.config.name}, tensor ${full}` });
    return tensor.data;
  }

  has(name: string): boolean {
    return this.model.tensors.has(`${this.prefix}.${name}`);
  }
}
