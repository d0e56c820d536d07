// One hop on the device: features in, mask out, estimate = mask ⊙ spectrum. All that it fills is made once.
import { InputError } from '../src/shared/errors.ts';
import { computeFeatures, FEATURES_PER_BIN, type RunningLevel } from '../src/shared/features.ts';
import { encode } from './kernel.ts';
import type { Network } from './network.ts';
import { BANDS_PER_QUAD, quadOrder, type Sizes } from './sizes.ts';

const COMPONENTS = 2;
const COMMANDS = { label: 'crossmamba hop' };
const PASS = { label: 'crossmamba network' };

export class Hop {
  /** Of the last hop, [bins, 2]. */
  readonly mask: Float32Array;
  /** Of the last hop: from its submission until the result could be read. */
  readbackMs = NaN;
  readonly #network: Network;
  readonly #level: RunningLevel;
  readonly #features: Float32Array; // [bins, 3]
  readonly #featureOrder: Uint32Array; // [bins, 3]: places in `input`
  readonly #input: Float32Array<ArrayBuffer>; // [feature of each quad, band]
  readonly #spectrum: Float32Array; // [bins, 2]
  readonly #maskOrder: Uint32Array; // [bins, 2]: places in what is read
  #hops = 0;
  #running = false;

  constructor(network: Network, sizes: Sizes, level: RunningLevel) {
    this.#network = network;
    this.#level = level;
    this.mask = new Float32Array(COMPONENTS * sizes.bins);
    this.#features = new Float32Array(FEATURES_PER_BIN * sizes.bins);
    this.#featureOrder = quadOrder(sizes, FEATURES_PER_BIN, (shape) => shape.featureOffset);
    this.#input = new Float32Array(BANDS_PER_QUAD * sizes.features);
    this.#spectrum = new Float32Array(COMPONENTS * sizes.bins);
    this.#maskOrder = quadOrder(sizes, COMPONENTS, (shape) => shape.maskOffset);
  }

  /** `spectrum`, `estimate` [bins, 2]. @throws InputError where the hop before is not done. */
  async run(spectrum: Float32Array, estimate: Float32Array): Promise<void> {
    if (this.#running)
      throw new InputError('a step is under way', { where: 'step', remedy: 'Wait for its promise first.' });
    this.#running = true;
    try {
      this.#write(spectrum);
      const staging = this.#submit();
      const submittedMs = performance.now();
      await staging.mapAsync(GPUMapMode.READ);
      this.readbackMs = performance.now() - submittedMs;
      this.#read(new Float32Array(staging.getMappedRange()), estimate);
      staging.unmap();
    } finally {
      this.#running = false;
    }
  }

  #write(spectrum: Float32Array): void {
    const { device, features } = this.#network;
    this.#spectrum.set(spectrum);
    computeFeatures(spectrum, this.#level.update(spectrum), this.#features);
    for (let n = 0; n < this.#features.length; n++) this.#input[this.#featureOrder[n]] = this.#features[n];
    device.queue.writeBuffer(features, 0, this.#input);
  }

  #submit(): GPUBuffer {
    const { device, dispatches, mask, staging } = this.#network;
    const target = staging[this.#hops++ % staging.length];
    const encoder = device.createCommandEncoder(COMMANDS);
    const pass = encoder.beginComputePass(PASS);
    for (let n = 0; n < dispatches.length; n++) encode(pass, dispatches[n]);
    pass.end();
    encoder.copyBufferToBuffer(mask, 0, target, 0, mask.size);
    device.queue.submit([encoder.finish()]);
    return target;
  }

  #read(mapped: Float32Array, estimate: Float32Array): void {
    const mask = this.mask;
    const spectrum = this.#spectrum;
    for (let n = 0; n < mask.length; n++) mask[n] = mapped[this.#maskOrder[n]];
    for (let n = 0; n < mask.length; n += COMPONENTS) {
      const re = spectrum[n];
      const im = spectrum[n + 1];
      estimate[n] = mask[n] * re - mask[n + 1] * im;
      estimate[n + 1] = mask[n] * im + mask[n + 1] * re;
    }
  }
}
