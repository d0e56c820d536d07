// The real worker's core around a network that only turns the sound down: ?gain=…&stallAtHop=…&stallMs=…&loseAtHop=…&failAtHop=…
import { expose, transferHandlers } from 'comlink';
import { HOP_SAMPLES } from '../../../src/shared/audio-constants.ts';
import type { Backend } from '../../../src/shared/backend.ts';
import { DeviceLostError, EnrollmentError, InputError, ModelFileError } from '../../../src/shared/errors.ts';
import type { Model } from '../../../src/shared/model.ts';
import { namedErrors } from '../../../src/shared/protocol-errors.ts';
import { WorkerCore } from '../../../src/worker/api.ts';
import type { HopEngine } from '../../../src/worker/stream-extractor.ts';

const EMBEDDING = 256;
let settings = new URLSearchParams();
const setting = (name: string, otherwise: number) => Number(settings.get(name) ?? otherwise);

/** As much of a backend as the worker's core asks for. */
function fakeBackend(name: Backend['name']): Backend {
  const nothing = () => {};
  return {
    name,
    description: 'turns the sound down',
    load: async () => {},
    setClue: nothing,
    step: nothing,
    reset: nothing,
    snapshot: () => Promise.reject(new DeviceLostError('is gone', { where: 'fake device' })),
    restore: nothing,
    destroy: nothing,
  };
}

class FakeEngine implements HopEngine {
  readonly #previous = new Float32Array(HOP_SAMPLES);
  readonly #canBeLost: boolean;
  #hops = 0;

  constructor(canBeLost: boolean) {
    this.#canBeLost = canBeLost;
  }

  async process(mixture: Float32Array, estimate: Float32Array): Promise<void> {
    const hop = this.#hops++;
    if (hop === setting('failAtHop', -1)) throw new InputError('failed on purpose', { where: 'fake engine' });
    if (this.#canBeLost && hop === setting('loseAtHop', -1))
      throw new DeviceLostError('is gone', { where: 'fake device' });
    if (hop === setting('stallAtHop', -1)) {
      const endMs = performance.now() + setting('stallMs', 0);
      while (performance.now() < endMs);
    }
    for (let n = 0; n < HOP_SAMPLES; n++) estimate[n] = this.#previous[n] * setting('gain', 1);
    this.#previous.set(mixture);
  }

  reset(): void {
    this.#previous.fill(0);
  }
}

transferHandlers.set('throw', namedErrors(transferHandlers.get('throw')!));
expose(
  new WorkerCore({
    async loadModel(url, { onProgress }) {
      settings = new URL(url).searchParams;
      if (settings.has('broken'))
        throw new ModelFileError('has a wrong digest', { where: url, expected: 'abc', got: 'def' });
      onProgress({ loadedBytes: 1, totalBytes: 2 });
      onProgress({ loadedBytes: 2, totalBytes: 2 });
      return { config: { name: 'fake', extractor: { embedding: EMBEDDING } } } as unknown as Model;
    },
    async createBackend(choice) {
      const name = choice === 'auto' ? 'webgpu' : choice;
      return { backend: fakeBackend(name), reason: `asked for ${choice}` };
    },
    createEngine: (backend) => new FakeEngine(backend.name === 'webgpu'),
    checkEnrollment(samples, rateHz) {
      if (samples.every((x) => x === 0)) throw new EnrollmentError('is silent', { where: 'enrollment' });
      return { durationS: samples.length / rateHz, voicedS: 2, levelDbfs: -20, snrDb: 40, clippedShare: 0 };
    },
    encodeClue: (_, samples) => {
      const clue = new Float32Array(EMBEDDING);
      clue[samples.length % EMBEDDING] = 1;
      return clue;
    },
  }),
);
