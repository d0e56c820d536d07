// A WebGPU backend as the worker sees it, played by the reference: steps and snapshots take a while, and it can be lost.
import type { Backend, Snapshot } from '../../src/shared/backend.ts';
import { DeviceLostError } from '../../src/shared/errors.ts';
import type { Model } from '../../src/shared/model.ts';
import { ReferenceBackend } from '../../src/worker/reference/reference-backend.ts';

const later = () => new Promise((resolve) => setImmediate(resolve));

export class FakeDevice implements Backend {
  readonly name = 'webgpu';
  readonly description = 'fake device';
  destroyed = 0;
  snapshots = 0;
  steps = 0;
  /** Steps from this on fail, after having begun. */
  loseAtStep = Infinity;
  /** This step never ends, unless the device is destroyed. */
  hangAtStep = Infinity;
  /** Turns of the event loop that a snapshot takes. */
  snapshotTurns = 3;
  #giveUp = () => {};
  readonly #reference = new ReferenceBackend();

  load(model: Model): Promise<void> {
    return this.#reference.load(model);
  }

  setClue(embedding: Float32Array): void {
    this.#failIfLost();
    this.#reference.setClue(embedding);
  }

  async step(spectrum: Float32Array, estimate: Float32Array): Promise<void> {
    this.steps++;
    const result = estimate.slice();
    this.#reference.step(spectrum, result);
    await later();
    if (this.steps === this.hangAtStep)
      await new Promise((_, reject) => (this.#giveUp = () => reject(new Error('destroyed while it ran'))));
    this.#failIfLost();
    estimate.set(result);
  }

  reset(): void {
    this.#failIfLost();
    this.#reference.reset();
  }

  async snapshot(): Promise<Snapshot> {
    this.snapshots++;
    const snapshot = await this.#reference.snapshot();
    for (let turn = 0; turn < this.snapshotTurns; turn++) await later();
    this.#failIfLost();
    return snapshot;
  }

  restore(snapshot: Snapshot): void {
    this.#failIfLost();
    this.#reference.restore(snapshot);
  }

  destroy(): void {
    this.destroyed++;
    this.#giveUp();
  }

  #failIfLost(): void {
    if (this.steps >= this.loseAtStep) throw new DeviceLostError('is gone', { where: 'fake device' });
  }
}
