// Watches a run for deadlines that are missed again and again: it needs more slack than it began with.

const EVERY_MS = 1000;
/** Of the newest seconds, so many with misses are more than a halt of the machine now and then. */
const NEWEST = 5;
const SHORT = 3;

/** Seconds in a row, each with or without missed deadlines. */
export class MissedSeconds {
  #before = 0;
  #newest: boolean[] = [];

  /** `missed`: deadlines since the run began. True where they are missed again and again; the count begins anew then. */
  add(missed: number): boolean {
    this.#newest = [...this.#newest, missed > this.#before].slice(-NEWEST);
    this.#before = missed;
    if (this.#newest.filter(Boolean).length < SHORT) return false;
    this.#newest = [];
    return true;
  }
}

export interface SlackWatchOptions {
  /** Deadlines missed since the run began. May reject: nothing is known that time. */
  missed(): Promise<number>;
  /** They are missed again and again. Nothing is looked at until it settles. */
  onShort(): Promise<void>;
}

export class SlackWatch {
  readonly #options: SlackWatchOptions;
  readonly #seconds = new MissedSeconds();
  readonly #timer: ReturnType<typeof setInterval>;
  #isLooking = false;

  /** Starts at once. */
  constructor(options: SlackWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      if (this.#seconds.add(await this.#options.missed())) await this.#options.onShort();
    } catch {
      // A run that is stopped, or a worker that is gone, tells that itself.
    } finally {
      this.#isLooking = false;
    }
  }
}
