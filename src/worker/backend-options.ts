// What a backend is made with, and what comes of it.
import type { Backend } from '../shared/backend.ts';
import { InputError } from '../shared/errors.ts';
import { BACKEND_CHOICES, type BackendChoice, type TrialReport } from '../shared/protocol.ts';
import type { Adapter } from '../../gpu/device.ts';
import type { Clock } from './trial.ts';
import type { VerdictStore } from './verdict-store.ts';

export interface BackendOptions {
  /** Stands in for `navigator.gpu`. */
  readonly gpu?: GPU;
  /** Beside WebGPU, a backend that takes over when the device is lost. */
  readonly standby?: boolean;
  /** Where the verdict of 'auto' is kept; by default it is not. */
  readonly verdicts?: VerdictStore;
  /** 'auto' tries an adapter that is played by the processor, too. */
  readonly trySoftware?: boolean;
  readonly clock?: Clock;
  /** Other backends than the real ones. */
  readonly make?: Partial<Makers>;
}

export interface ChosenBackend {
  /** It has loaded the model. */
  readonly backend: Backend;
  /** For people. */
  readonly reason: string;
  /** What 'auto' measured; null where nothing was tried. */
  readonly trial: TrialReport | null;
  /** Has loaded the model; only beside WebGPU, where asked for. */
  readonly standby?: Backend;
}

/** Make backends that have loaded nothing yet. */
export interface Makers {
  wasm(): Backend;
  webgpu(adapter: Adapter): Backend;
  reference(): Backend;
}

/** @throws InputError where it is none: it may come from an attribute. */
export function checkChoice(choice: BackendChoice): void {
  if (BACKEND_CHOICES.includes(choice)) return;
  throw new InputError('there is no such backend', {
    where: 'backend',
    expected: BACKEND_CHOICES.join(', '),
    got: String(choice),
  });
}
