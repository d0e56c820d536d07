// A backend whose place another can take between two hops, unheard: because it was asked for, or because a device was lost.
import type { Backend, BackendName, Snapshot } from '../shared/backend.ts';
import type { ClueTerms } from '../shared/clue-terms.ts';
import { DeviceLostError } from '../shared/errors.ts';
import type { Model } from '../shared/model.ts';
import { within } from '../shared/platform.ts';
import { doesNotAnswer } from './answered.ts';
import { Journal } from './journal.ts';

/** How often a device's state is read: about once a second costs nothing that is noticed. */
const KEEP_HOPS = 125;
const JOURNAL_HOPS = 2 * KEEP_HOPS;
/** Less than a ring holds: what cannot be caught up with by then is left out. */
const CATCH_UP_MS = 120;
/** Who is to go, however slow, has so long to tell its state, and then to end its step. */
const LEAVE_MS = 3000;
/** How often it is looked whether a step hangs. */
const WATCH_MS = 50;
/** After so many looks without a new step nothing is live, and nobody looks any more. */
const QUIET_LOOKS = 20;

export interface SwitchingOptions {
  /** Takes over when the device is lost; has loaded the model. */
  readonly standby?: Backend;
  /** Makes one where there is no standby. */
  makeStandby(): Promise<Backend>;
  /**
   * A step that takes longer is given up, and the device with it: a driver that hangs tells of its loss seconds later. Asked while
   * a step is under way; Infinity: a step may take for ever.
   */
  longestStepMs(): number;
  /** Told after another has taken over. */
  onLost(error: DeviceLostError): void;
}

/** Whose steps return a promise, and whose state cannot be read once the device is gone. */
const onDevice = (backend: Backend) => backend.name === 'webgpu';

export class SwitchingBackend implements Omit<Backend, 'load'> {
  /** Devices lost so far. */
  losses = 0;
  readonly #options: SwitchingOptions;
  readonly #scratch: Float32Array; // [bins, 2]
  #current: Backend;
  #standby: Backend | undefined;
  #clue: Float32Array | undefined;
  /** Folding a clue takes milliseconds: a backend gets it when it is its turn, once. */
  readonly #clueOf = new WeakMap<Backend, Float32Array>();
  /** Only where the current one can be lost. */
  #journal: Journal | undefined;
  #keeping: Promise<void> | undefined;
  /** Steps wait for it; set for no longer than a state is carried over. */
  #gate: Promise<void> | undefined;
  #step: Promise<void> | undefined;
  /** Looks at the step that is under way: a thread that stood still meanwhile has not looked. */
  #looks = 0;
  /** Whose step is under way: it may have lost its seat meanwhile. */
  #stepping: Backend | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #hung: DeviceLostError | undefined;

  /** `current` has loaded `model`. */
  constructor(current: Backend, model: Model, options: SwitchingOptions) {
    this.#options = options;
    this.#scratch = new Float32Array(model.config.frame + 2);
    this.#current = current;
    this.#standby = options.standby;
    this.#takeSeat(current);
  }

  get name(): BackendName {
    return this.#current.name;
  }

  get description(): string {
    return this.#current.description;
  }

  get readbackMs(): number | undefined {
    return this.#current.readbackMs;
  }

  /** What would take over; it can be switched to without loading anything. */
  get standby(): Backend | undefined {
    return this.#standby;
  }

  setClue(embedding: Float32Array, terms?: ClueTerms): void {
    unlessLost(() => this.#current.setClue(embedding, terms));
    this.#clue = embedding;
    this.#clueOf.set(this.#current, embedding);
  }

  step(spectrum: Float32Array, estimate: Float32Array): Promise<void> | void {
    if (this.#gate !== undefined) return this.#gate.then(() => this.step(spectrum, estimate));
    const journal = this.#journal;
    if (journal === undefined) return this.#current.step(spectrum, estimate);
    if (journal.length >= KEEP_HOPS) this.#keep(journal);
    journal.add(spectrum);
    this.#step = this.#stepOnDevice(this.#current, journal, spectrum, estimate);
    return this.#step;
  }

  reset(): void {
    unlessLost(() => this.#current.reset());
    this.#journal?.restart(null);
  }

  snapshot(): Promise<Snapshot> {
    return this.#current.snapshot();
  }

  restore(snapshot: Snapshot): void {
    unlessLost(() => this.#current.restore(snapshot));
    this.#journal?.restart(snapshot);
  }

  /**
   * `next` goes on where the current one is; hops run on meanwhile, and wait at most for a state to be carried over.
   * On failure all stays as it was, and `next` is the caller's to destroy.
   * @param next has loaded the model and is warm.
   * @param standby takes over when `next` is lost. By default the one that was current, if it is good for that; else that is
   * destroyed.
   */
  async switchTo(next: Backend, standby?: Backend): Promise<void> {
    const before = this.#current;
    this.#giveClue(next);
    if (this.#journal === undefined) await this.#holdAndCarryOver(before, next);
    else await this.#carryOverWhileRunning(before, this.#journal, next);
    const ended = this.#step?.catch(() => {});
    if (ended !== undefined) await within(LEAVE_MS, ended, undefined);
    if (this.#stepping === before) this.#giveUp(before, LEAVE_MS);
    await ended;
    const spare = standby ?? (onDevice(next) && before.name === 'wasm' ? before : undefined);
    for (const old of [before, this.#standby]) if (old !== this.#current && old !== spare) old?.destroy();
    this.#standby = spare;
  }

  destroy(): void {
    this.#endWatch();
    this.#current.destroy();
    this.#standby?.destroy();
    this.#standby = undefined;
  }

  /** A state that can be read at once: nothing runs until it is where it belongs. */
  async #holdAndCarryOver(before: Backend, next: Backend): Promise<void> {
    let open = () => {};
    this.#gate = new Promise((resolve) => (open = resolve));
    try {
      const snapshot = await before.snapshot();
      next.restore(snapshot);
      this.#takeSeat(next);
      this.#journal?.restart(snapshot);
    } finally {
      this.#gate = undefined;
      open();
    }
  }

  /** A state that takes some hops to be read: they run on, are noted, and `next`, which computes at once, catches up. */
  async #carryOverWhileRunning(before: Backend, journal: Journal, next: Backend): Promise<void> {
    const read = async () => {
      await this.#keeping;
      this.#keep(journal);
      await this.#keeping;
    };
    // Where the device hangs, the state that was read last has to do.
    await within(LEAVE_MS, read(), undefined);
    if (this.#current === before) {
      this.#catchUp(journal, next, journal.hops, Infinity);
      this.#takeSeat(next);
    } else if (this.#current !== next) {
      // Lost meanwhile, and another has the seat: its state can be read at once.
      await this.#holdAndCarryOver(this.#current, next);
    }
  }

  async #stepOnDevice(
    current: Backend,
    journal: Journal,
    spectrum: Float32Array,
    estimate: Float32Array,
  ): Promise<void> {
    const hop = journal.hops - 1;
    this.#looks = 0;
    this.#stepping = current;
    this.#watch ??= setInterval(() => this.#look(), WATCH_MS);
    try {
      await current.step(spectrum, estimate);
    } catch (thrown) {
      const error = this.#hung ?? thrown;
      this.#hung = undefined;
      this.#ended(current);
      if (!(error instanceof DeviceLostError)) throw error;
      if (this.#current === current) {
        await this.#takeOver(error, journal, hop);
        await this.#current.step(spectrum, estimate);
      } else {
        // Another took the seat while this hop was under way: it has caught up with it.
        estimate.set(this.#scratch);
      }
    } finally {
      this.#ended(current);
    }
  }

  #ended(backend: Backend): void {
    if (this.#stepping === backend) this.#stepping = undefined;
  }

  /** The device is gone with the state: the standby takes the last one that was read and hears again what came since. */
  async #takeOver(error: DeviceLostError, journal: Journal, hop: number): Promise<void> {
    const lost = this.#current;
    const next = this.#standby ?? (await this.#options.makeStandby());
    this.#giveClue(next);
    this.#catchUp(journal, next, hop, performance.now() + CATCH_UP_MS);
    this.#takeSeat(next);
    this.#standby = undefined;
    this.losses++;
    lost.destroy();
    this.#options.onLost(error);
  }

  /** `next`, which computes at once, gets the state before hop `end`, unless time runs out. */
  #catchUp(journal: Journal, next: Backend, end: number, untilMs: number): void {
    const { snapshot } = journal.base;
    if (snapshot === null) next.reset();
    else next.restore(snapshot);
    for (let hop = journal.first; hop < end && performance.now() < untilMs; hop++)
      void next.step(journal.at(hop), this.#scratch);
  }

  #giveClue(backend: Backend): void {
    if (this.#clue === undefined || this.#clueOf.get(backend) === this.#clue) return;
    backend.setClue(this.#clue);
    this.#clueOf.set(backend, this.#clue);
  }

  #takeSeat(backend: Backend): void {
    // The clue may be another than when the backend was made ready.
    this.#giveClue(backend);
    this.#current = backend;
    this.#journal = onDevice(backend) ? new Journal(JOURNAL_HOPS, this.#scratch.length) : undefined;
    // A step of the one before may hang yet.
    if (this.#stepping === undefined) this.#endWatch();
  }

  #endWatch(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  /** Ends a step that hangs: it is then as if the device was lost. */
  #look(): void {
    const stepping = this.#stepping;
    if (++this.#looks > QUIET_LOOKS && stepping === undefined) this.#endWatch();
    if (stepping === undefined) return;
    const longestMs = this.#options.longestStepMs();
    if (this.#looks * WATCH_MS > longestMs) this.#giveUp(stepping, longestMs);
  }

  #giveUp(backend: Backend, longestMs: number): void {
    this.#hung = doesNotAnswer(backend.description, longestMs);
    backend.destroy();
  }

  /** Reads the state while hops run on. What cannot be read shows in the next step. */
  #keep(journal: Journal): void {
    if (this.#keeping !== undefined) return;
    const hop = journal.hops;
    this.#keeping = this.#current
      .snapshot()
      .then((snapshot) => journal.keep(snapshot, hop))
      .catch(() => {})
      .finally(() => (this.#keeping = undefined));
  }
}

/** A lost device is replaced at the next step. */
function unlessLost(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof DeviceLostError)) throw error;
  }
}
