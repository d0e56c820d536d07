// A ring of samples between two threads over shared memory: one producer, one consumer, no locks.
// Who may call what: `RingWriter` on one thread, `RingReader` on another, never two of a kind. Neither blocks nor allocates
// (but for the promise of `RingReader.wait`, and at most a boxed number where the clock is read). Both counters only ever grow,
// modulo 2^32, so that no spare slot is needed to tell full from empty, and each is written by one side alone.
import { stampMs } from './latency-clock.ts';

/** Takes what fits and says how much that was. */
export interface SampleWriter {
  /** Writes the first `count` of `samples`, or as many as fit; returns how many. */
  push(samples: Float32Array, count: number): number;
}

export interface SampleReader {
  /** Samples that can be popped now. May be more by the time it is read, never fewer. */
  readonly available: number;
  /** Reads up to `count` samples to the start of `output`; returns how many. */
  pop(output: Float32Array, count: number): number;
  /** Throws away up to `count` samples; returns how many. */
  skip(count: number): number;
}

/** A reader that can be waited on, by a thread that must not block. */
export interface AwaitableReader extends SampleReader {
  /** Resolves when there are `count` samples to pop (1), or after `close`. */
  wait(count?: number): Promise<void>;
  /** When the push happened that ended the last wait (a stamp of latency-clock.ts); NaN where there was nothing to wait for. */
  readonly wokenByStampMs: number;
  /** Ends a wait that is under way and every later one. */
  close(): void;
}

const WRITTEN = 0;
const READ = 1;
/** Beside the writer's counter: when it last brought what the reader waits for. */
const STAMP_INDEX = 1;
/** The counters lie a cache line apart, so that the two threads do not fight over one. */
const COUNTER_STRIDE = 16;
/** Beside the reader's counter: what the writer's must reach before the reader wants to be woken. */
const WANTED_INDEX = COUNTER_STRIDE + 1;
const HEADER_BYTES = 2 * COUNTER_STRIDE * 4;

/** Shared memory for a ring of at least `samples` samples: a power of two, so that the counters may wrap around. */
export function createRingBuffer(samples: number): SharedArrayBuffer {
  let capacity = 1;
  while (capacity < samples) capacity *= 2;
  return new SharedArrayBuffer(HEADER_BYTES + 4 * capacity);
}

/** Whether a thread can be woken through shared memory without blocking. */
export function canWaitAsync(): boolean {
  return typeof SharedArrayBuffer === 'function' && typeof Atomics.waitAsync === 'function';
}

class RingView {
  protected readonly counters: Int32Array<SharedArrayBuffer>;
  protected readonly data: Float32Array<SharedArrayBuffer>;
  protected readonly mask: number;

  constructor(buffer: SharedArrayBuffer) {
    this.counters = new Int32Array(buffer, 0, 2 * COUNTER_STRIDE);
    this.data = new Float32Array(buffer, HEADER_BYTES);
    this.mask = this.data.length - 1;
  }

  get capacity(): number {
    return this.data.length;
  }

  protected load(counter: number): number {
    return Atomics.load(this.counters, counter * COUNTER_STRIDE);
  }

  protected store(counter: number, value: number): void {
    Atomics.store(this.counters, counter * COUNTER_STRIDE, value | 0);
  }
}

/** The producer's end. */
export class RingWriter extends RingView implements SampleWriter {
  push(samples: Float32Array, count: number): number {
    const written = this.load(WRITTEN);
    // The reader may have read more by now: then less is written than would fit, never more.
    const free = this.capacity - ((written - this.load(READ)) >>> 0);
    const pushed = Math.min(count, free);
    for (let n = 0; n < pushed; n++) this.data[(written + n) & this.mask] = samples[n];
    if (pushed > 0) {
      this.store(WRITTEN, written + pushed);
      this.#wake(written, pushed);
    }
    return pushed;
  }

  /** Wakes the reader where what it waits for is there now: waking another thread costs more than the push. */
  #wake(written: number, pushed: number): void {
    const missing = (Atomics.load(this.counters, WANTED_INDEX) - written) | 0;
    if (pushed < missing) return;
    if (missing > 0) Atomics.store(this.counters, STAMP_INDEX, stampMs());
    Atomics.notify(this.counters, WRITTEN * COUNTER_STRIDE);
  }
}

/** The consumer's end. */
export class RingReader extends RingView implements AwaitableReader {
  wokenByStampMs = NaN;
  #closed = false;

  get available(): number {
    return (this.load(WRITTEN) - this.load(READ)) >>> 0;
  }

  pop(output: Float32Array, count: number): number {
    const read = this.load(READ);
    const popped = Math.min(count, this.available);
    for (let n = 0; n < popped; n++) output[n] = this.data[(read + n) & this.mask];
    if (popped > 0) this.store(READ, read + popped);
    return popped;
  }

  skip(count: number): number {
    const skipped = Math.min(count, this.available);
    if (skipped > 0) this.store(READ, this.load(READ) + skipped);
    return skipped;
  }

  async wait(count = 1): Promise<void> {
    this.wokenByStampMs = NaN;
    Atomics.store(this.counters, WANTED_INDEX, (this.load(READ) + count) | 0);
    while (!this.#closed) {
      const written = this.load(WRITTEN);
      if ((written - this.load(READ)) >>> 0 >= count) return;
      // Returns at once where the writer has written since the line above.
      const result = Atomics.waitAsync(this.counters, WRITTEN * COUNTER_STRIDE, written);
      if (result.async) {
        await result.value;
        this.wokenByStampMs = Atomics.load(this.counters, STAMP_INDEX);
      }
    }
  }

  close(): void {
    this.#closed = true;
    Atomics.notify(this.counters, WRITTEN * COUNTER_STRIDE);
  }
}
