// The network on WebGPU: weights and state stay there; a hop writes the features, runs the kernels and reads the mask.
import type { Backend, Breathe, Snapshot } from '../src/shared/backend.ts';
import { computeClueTerms, type ClueTerms } from '../src/shared/clue-terms.ts';
import { DeviceLostError, InputError } from '../src/shared/errors.ts';
import { RunningLevel } from '../src/shared/features.ts';
import type { Model } from '../src/shared/model.ts';
import { findAdapter, openDevice, type Adapter } from './device.ts';
import { Hop } from './hop.ts';
import type { MatrixFormat } from './layouts.ts';
import { Network } from './network.ts';
import { createPlan, type Plan } from './plan.ts';
import { GPU_TUNING, SOFTWARE_TUNING, type Tuning } from './tuning.ts';

const NATIVE_HALF = 'shader-f16';

export interface WebGpuOptions {
  /** `navigator.gpu`, or what stands in for it. */
  readonly gpu: GPU | undefined;
  /** One that has been found already, for the first load. */
  readonly adapter?: Adapter;
  /** By default what suits the adapter. */
  readonly tuning?: Tuning;
  /** Told once when the device is lost; every step fails from then on. */
  readonly onDeviceLost?: (error: DeviceLostError) => void;
}

interface Loaded {
  readonly model: Model;
  readonly plan: Plan;
  readonly network: Network;
  readonly level: RunningLevel;
  readonly hop: Hop;
}

/** A step is done when its promise resolves. */
export class WebGpuBackend implements Backend {
  readonly name = 'webgpu';
  readonly #options: WebGpuOptions;
  #adapter: Adapter | undefined;
  #description = 'WebGPU';
  #loaded: Loaded | undefined;
  #lost: DeviceLostError | undefined;
  #hasClue = false;

  constructor(options: WebGpuOptions) {
    this.#options = options;
    this.#adapter = options.adapter;
  }

  get description(): string {
    return this.#description;
  }

  get readbackMs(): number | undefined {
    return this.#loaded?.hop.readbackMs;
  }

  /**
   * @throws WebGpuUnavailableError where there is no adapter, a limit is too small or a shader does not compile.
   * @throws ModelFileError where a tensor is missing.
   */
  async load(model: Model, breathe?: Breathe): Promise<void> {
    this.destroy();
    const adapter = this.#adapter ?? (await findAdapter(this.#options.gpu));
    this.#adapter = undefined; // An adapter gives one device only.
    const suited = adapter.software ? SOFTWARE_TUNING : GPU_TUNING;
    const nativeHalf = adapter.adapter.features.has(NATIVE_HALF);
    const plan = await createPlan(model, this.#options.tuning ?? suited, nativeHalf, breathe);
    const features = plan.format === 'f16' ? ([NATIVE_HALF] as const) : [];
    const device = await openDevice(adapter, plan.limits, features);
    let network: Network;
    try {
      network = await Network.create(device, plan);
    } catch (error) {
      device.destroy();
      throw error;
    }
    const level = new RunningLevel(model.config.hop, model.config.sample_rate);
    this.#description = adapter.description;
    this.#loaded = { model, plan, network, level, hop: new Hop(network, plan.sizes, level) };
    void device.lost.then(({ reason, message }) => this.#lose(network, `${reason}: ${message}`));
  }

  /** Keeps the state. @throws InputError where the clue is none of this model. */
  setClue(embedding: Float32Array, terms?: ClueTerms): void {
    const { model, plan, network } = this.#need();
    const bytes = plan.clue.pack(terms ?? computeClueTerms(model, embedding));
    network.device.queue.writeBuffer(network.clue, 0, bytes);
    this.#hasClue = true;
  }

  /**
   * @throws InputError where no model is loaded, no clue is set or a step is under way.
   * @throws DeviceLostError where the device is lost, before or while the step runs.
   */
  step(spectrum: Float32Array, estimate: Float32Array): Promise<void> {
    const { hop, network } = this.#need();
    if (!this.#hasClue)
      throw new InputError('no clue is set', {
        where: 'step',
        remedy: 'Enroll a voice and call setClue first.',
      });
    return hop.run(spectrum, estimate).catch((error: unknown) => this.#fail(network, error));
  }

  /** How the matrices are kept on the device. */
  get format(): MatrixFormat {
    return this.#need().plan.format;
  }

  /** The mask of the last step [bins, 2], to be read before the next. */
  get mask(): Float32Array {
    return this.#need().hop.mask;
  }

  reset(): void {
    const { network, level } = this.#need();
    const encoder = network.device.createCommandEncoder({ label: 'crossmamba reset' });
    encoder.clearBuffer(network.state);
    network.device.queue.submit([encoder.finish()]);
    level.reset();
  }

  /** @throws DeviceLostError where the device is lost. */
  async snapshot(): Promise<Snapshot> {
    const { network, plan, level } = this.#need();
    const { total, weight } = level;
    const { device, state, stateStaging } = network;
    try {
      const encoder = device.createCommandEncoder({ label: 'crossmamba snapshot' });
      encoder.copyBufferToBuffer(state, 0, stateStaging, 0, plan.state.bytes);
      device.queue.submit([encoder.finish()]);
      await stateStaging.mapAsync(GPUMapMode.READ);
      const values = new Float32Array(stateStaging.getMappedRange().slice(0));
      stateStaging.unmap();
      // Taken apart when it is looked at: that takes milliseconds, and most snapshots are kept in case of a loss that never comes.
      let states: Pick<Snapshot, 'conv_state' | 'ssm_state'> | undefined;
      const unpacked = () => (states ??= plan.state.unpack(values));
      return {
        level: { total, weight },
        get conv_state() {
          return unpacked().conv_state;
        },
        get ssm_state() {
          return unpacked().ssm_state;
        },
      };
    } catch (error) {
      return this.#fail(network, error);
    }
  }

  /** @throws InputError where the snapshot is of a model of another size; the state is then as before. */
  restore(snapshot: Snapshot): void {
    const { network, plan, level } = this.#need();
    network.device.queue.writeBuffer(network.state, 0, plan.state.pack(snapshot));
    level.total = snapshot.level.total;
    level.weight = snapshot.level.weight;
  }

  destroy(): void {
    const network = this.#loaded?.network;
    this.#loaded = undefined;
    this.#lost = undefined;
    this.#hasClue = false;
    network?.destroy();
  }

  #need(): Loaded {
    if (this.#lost !== undefined) throw this.#lost;
    if (this.#loaded === undefined)
      throw new InputError('no model is loaded', { where: 'WebGpuBackend', remedy: 'Call load first.' });
    return this.#loaded;
  }

  /** A device that goes after `destroy`, or after another `load`, is none that was lost. */
  #lose(network: Network, got: string): void {
    if (this.#loaded?.network !== network || this.#lost !== undefined) return;
    this.#lost = new DeviceLostError('the GPU device was lost', {
      where: this.#description,
      got,
      remedy: 'Load the model again, or go on with the wasm backend.',
    });
    this.#options.onDeviceLost?.(this.#lost);
  }

  /** What came in the way of reading a result back. */
  #fail(network: Network, error: unknown): never {
    if (error instanceof InputError) throw error;
    if (this.#loaded?.network !== network)
      throw new InputError('the backend was destroyed while it ran', { where: 'WebGpuBackend' });
    this.#lose(network, error instanceof Error ? error.message : String(error));
    throw this.#lost;
  }
}
