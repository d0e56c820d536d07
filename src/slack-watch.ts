// Watches a run for deadlines that are missed again and again: it needs more slack than it began with.

const EVERY_MS = 1000;
/** Of the newest seconds, so many with misses are more than a halt of the machine now and then. */
const NEWEST = 5;
const SHORT = 3;
/** Between two looks. Where timers come late, misses that are minutes apart are none in a row. */
const LONGEST_S = 2;
/** Looks to pass after one that changed nothing. */
const PATIENCE = 60;

/** Of a run, since it began. */
export interface MissedSoFar {
  /** `process()` calls that lacked some of the estimate. */
  readonly deadlines: number;
  /** How much sound went by. */
  readonly soundS: number;
}

/** Seconds in a row, each with or without missed deadlines. */
export class MissedSeconds {
  #before: MissedSoFar = { deadlines: 0, soundS: 0 };
  #newest: boolean[] = [];

  /** About once a second. True where deadlines are missed again and again. */
  add(now: MissedSoFar): boolean {
    const isSecond = now.soundS - this.#before.soundS <= LONGEST_S;
    const hasMissed = now.deadlines > this.#before.deadlines;
    this.#before = now;
    this.#newest = isSecond ? [...this.#newest, hasMissed].slice(-NEWEST) : [];
    return this.#newest.filter(Boolean).length >= SHORT;
  }

  /** Counts anew, and nothing that was missed until now. */
  restart(now: MissedSoFar): void {
    this.#before = now;
    this.#newest = [];
  }
}

export interface SlackWatchOptions {
  /** May reject: nothing is known that time. */
  missed(): Promise<MissedSoFar>;
  /** Deadlines are missed again and again. Nothing is looked at until it settles. Resolves to whether anything was done about it. */
  onShort(): Promise<boolean>;
}

export class SlackWatch {
  readonly #options: SlackWatchOptions;
  readonly #seconds = new MissedSeconds();
  readonly #timer: ReturnType<typeof setInterval>;
  #isLooking = false;
  #stopped = false;
  #looksToPass = 0;

  /** Starts at once. */
  constructor(options: SlackWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), EVERY_MS);
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    if (this.#looksToPass > 0) {
      this.#looksToPass--;
      return;
    }
    this.#isLooking = true;
    try {
      const { missed, onShort } = this.#options;
      const isShort = this.#seconds.add(await missed());
      if (this.#stopped || !isShort) return;
      this.#looksToPass = (await onShort()) ? 0 : PATIENCE;
      this.#seconds.restart(await missed());
    } catch {
      // A run that is stopped, or a worker that is gone, tells that itself.
    } finally {
      this.#isLooking = false;
    }
  }
}
