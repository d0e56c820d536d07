// The real worker's core around a network that only turns the sound down: ?gain=…&stallAtHop=…&stallEvery=…&stallUntil=…&stallMs=…&loseAtHop=…&failAtHop=…&clueEncoder=…&similarity=…
import { expose, transferHandlers } from 'comlink';
import type { Backend, BackendName, Snapshot } from '../../../src/shared/backend.ts';
import { DeviceLostError, EnrollmentError, InputError, ModelFileError } from '../../../src/shared/errors.ts';
import type { LoadedModel } from '../../../src/shared/model.ts';
import { namedErrors } from '../../../src/shared/protocol-errors.ts';
import { WorkerCore } from '../../../src/worker/api.ts';

const EMBEDDING = 256;
const CONFIG = {
  name: 'fake',
  sample_rate: 16_000,
  frame: 512,
  hop: 128,
  synthesis: 256,
  extractor: { embedding: EMBEDDING },
};
const STATE: Snapshot = { level: { total: 0, weight: 0 }, conv_state: [], ssm_state: [] };

let settings = new URLSearchParams();
const setting = (name: string, otherwise: number) => Number(settings.get(name) ?? otherwise);

/** The one named 'webgpu' can be lost. */
class FakeBackend implements Backend {
  readonly description = 'turns the sound down';
  readonly name: BackendName;
  #hops = 0;

  constructor(name: BackendName) {
    this.name = name;
  }

  step(spectrum: Float32Array, estimate: Float32Array): void {
    const hop = this.#hops++;
    if (hop === setting('failAtHop', -1)) throw new InputError('failed on purpose', { where: 'fake engine' });
    if (this.name === 'webgpu' && hop === setting('loseAtHop', -1))
      throw new DeviceLostError('is gone', { where: 'fake device' });
    const stallsAgain = hop % setting('stallEvery', Infinity) === 1 && hop < setting('stallUntil', 0);
    if (hop === setting('stallAtHop', -1) || stallsAgain) {
      const endMs = performance.now() + setting('stallMs', 0);
      while (performance.now() < endMs);
    }
    const gain = setting('gain', 1);
    for (let n = 0; n < estimate.length; n++) estimate[n] = gain * spectrum[n];
  }

  async load(): Promise<void> {}
  async snapshot(): Promise<Snapshot> {
    return STATE;
  }
  setClue(): void {}
  reset(): void {}
  restore(): void {}
  destroy(): void {}
}

/** A network that hears nothing has no clue that could follow anything. */
class FakeCore extends WorkerCore {
  override load(...[address, choice, options, onProgress]: Parameters<WorkerCore['load']>) {
    return super.load(address, choice, { ...options, adaptation: false }, onProgress);
  }
}

transferHandlers.set('throw', namedErrors(transferHandlers.get('throw')!));
expose(
  new FakeCore({
    async loadModel(address, { onProgress }) {
      const url = address as string;
      settings = new URL(url).searchParams;
      if (settings.has('broken'))
        throw new ModelFileError('has a wrong digest', { where: url, expected: 'abc', got: 'def' });
      onProgress({ loadedBytes: 1, totalBytes: 2 });
      onProgress({ loadedBytes: 2, totalBytes: 2 });
      const clueEncoder = settings.get('clueEncoder') ?? 'fake encoder';
      const model = { config: CONFIG, clueEncoder } as unknown as LoadedModel;
      return { model, origin: { weights: 'network', offline: false, cacheProblem: null } };
    },
    async createBackend(choice) {
      const name = choice === 'auto' ? 'webgpu' : choice;
      return { backend: new FakeBackend(name), reason: `asked for ${choice}`, trial: null };
    },
    createStandby: async () => new FakeBackend('wasm'),
    async checkEnrollment(samples, rateHz) {
      if (samples.every((x) => x === 0)) throw new EnrollmentError('is silent', { where: 'enrollment' });
      return { durationS: samples.length / rateHz, voicedS: 2, levelDbfs: -20, snrDb: 40, clippedShare: 0 };
    },
    async encodeClue(_, samples) {
      const clue = new Float32Array(EMBEDDING);
      // With the clue of fakeExtractor.
      if (settings.has('similarity')) {
        const cosine = setting('similarity', 0);
        clue.set([cosine, Math.sqrt(1 - cosine ** 2)]);
        return clue;
      }
      clue[samples.length % EMBEDDING] = 1;
      return clue;
    },
    async createClueNetwork() {
      throw new InputError('there is none', { where: 'fake engine' });
    },
  }),
);
