// Which backend runs and why: from the choice at load, over changes that are asked for, to the loss of a device.
import type { Backend } from '../shared/backend.ts';
import { InputError } from '../shared/errors.ts';
import type { Model } from '../shared/model.ts';
import type { BackendChoice, TrialReport } from '../shared/protocol.ts';
import type { ChosenBackend } from './backend-options.ts';
import { findingOf } from './finding.ts';
import { SwitchingBackend } from './switching-backend.ts';
import { warmUp } from './warm-up.ts';

/** Where backends come from. */
export interface BackendSource {
  /** `standby`: beside WebGPU, also what takes over from it. */
  createBackend(
    choice: BackendChoice,
    model: Model,
    options: { readonly standby: boolean },
  ): Promise<ChosenBackend>;
  createStandby(model: Model): Promise<Backend>;
}

/** 'auto' takes WebGPU where p99 is a few milliseconds: a step that takes a ring's worth of audio is stuck. */
const LONGEST_STEP_MS = 200;

/** Where the stream was stopped or the file cancelled. */
const LONGEST_LAST_STEP_MS = 3000;

/** Told when another backend runs. `lost`: the one before was lost. */
export type OnChange = (lost: boolean) => void;

export class RunningBackend {
  /** Stays the same whatever runs. */
  readonly backend: SwitchingBackend;
  /** How many wait for the end of what is being computed. */
  leaving = 0;
  readonly #model: Model;
  readonly #source: BackendSource;
  readonly #onChange: OnChange;
  #reason: string;
  #trial: TrialReport | null;
  /** One change after the other. */
  #queue: Promise<unknown> = Promise.resolve();
  #destroyed = false;

  /** Rejects with what `createBackend` does. */
  static async create(
    choice: BackendChoice,
    model: Model,
    source: BackendSource,
    onChange: OnChange,
  ): Promise<RunningBackend> {
    const chosen = await source.createBackend(choice, model, { standby: true });
    if (chosen.standby !== undefined) await warmUp(chosen.standby, model.config);
    return new RunningBackend(chosen, model, source, onChange);
  }

  private constructor(chosen: ChosenBackend, model: Model, source: BackendSource, onChange: OnChange) {
    this.#model = model;
    this.#source = source;
    this.#onChange = onChange;
    this.#reason = chosen.reason;
    this.#trial = chosen.trial;
    this.backend = new SwitchingBackend(chosen.backend, model, {
      standby: chosen.standby,
      makeStandby: () => source.createStandby(model),
      longestStepMs: () => {
        if (this.#trial !== null) return LONGEST_STEP_MS;
        // Who asks for WebGPU gets it, however slow; but nobody waits for ever to be rid of it.
        return this.leaving > 0 ? LONGEST_LAST_STEP_MS : Infinity;
      },
      onLost: (error) => {
        this.#reason = `${this.backend.description}, as the device before was lost (${findingOf(error)})`;
        onChange(true);
      },
    });
  }

  /** For people. */
  get reason(): string {
    return this.#reason;
  }

  get trial(): TrialReport | null {
    return this.#trial;
  }

  /**
   * Loads what is asked for, makes it warm and lets it go on where the current one is; hops run meanwhile.
   * Rejects with what `createBackend` does; all stays as it is then.
   */
  change(choice: BackendChoice): Promise<void> {
    const done = this.#queue.then(() => this.#change(choice));
    this.#queue = done.catch(() => {});
    return done;
  }

  destroy(): void {
    this.#destroyed = true;
    this.backend.destroy();
  }

  async #change(choice: BackendChoice): Promise<void> {
    const { backend } = this;
    if (choice === backend.name) {
      this.#reason = `${backend.description}, as was asked for`;
      this.#trial = null; // its limits are those of 'auto'
      return;
    }
    const { standby } = backend;
    const chosen: ChosenBackend =
      standby?.name === choice
        ? { backend: standby, reason: `${standby.description}, as was asked for`, trial: null }
        : await this.#source.createBackend(choice, this.#model, { standby: backend.name !== 'wasm' });
    const before = backend.name;
    try {
      if (this.#destroyed) throw new InputError('is gone', { where: 'backend' });
      if (chosen.backend.name === before) discard(chosen);
      else {
        if (chosen.backend !== standby) await warmUp(chosen.backend, this.#model.config);
        await backend.switchTo(chosen.backend, chosen.standby);
      }
    } catch (error) {
      if (chosen.backend !== standby) discard(chosen);
      throw error;
    }
    this.#reason = chosen.reason;
    this.#trial = chosen.trial;
    if (backend.name !== before) this.#onChange(false);
  }
}

function discard({ backend, standby }: ChosenBackend): void {
  backend.destroy();
  standby?.destroy();
}
