// The ring's interface for pages that are not cross-origin isolated: blocks of samples handed over a MessagePort and handed back
// empty for the next use. One `PortRing` at either end of a channel is writer of one direction and reader of the other.
// A push posts at once; what can be under way is bounded, as by a ring's capacity. What allocates: posting
// and receiving a message (the browser makes a new array object for the memory it hands over), nothing else.
import { stampMs } from './latency-clock.ts';
import type { AwaitableReader, SampleWriter } from './ring.ts';

/** What is needed of a MessagePort, so that audio thread, worker and Node's worker_threads all serve. */
export interface BlockPort {
  postMessage(message: Float32Array, transfer: ArrayBuffer[]): void;
  onmessage: ((this: never, event: never) => unknown) | null;
  close(): void;
}

/** Samples of one block: what one `process()` call brings. */
const BLOCK_SAMPLES = 128;
// A block is [kind, count, when it was posted, samples …].
const KIND = 0;
const COUNT = 1;
const STAMP = 2;
const FIRST = 3;
const FILLED = 1;
const EMPTY = 0;

/** Both directions of a channel's end: push goes to the other end, pop gets what the other end pushed. */
export class PortRing implements SampleWriter, AwaitableReader {
  available = 0;
  wokenByStampMs = NaN;
  readonly #port: BlockPort;
  readonly #pool: Float32Array<ArrayBuffer>[] = [];
  /** Received blocks, the oldest first from #head on, in a circle that holds as many as the other end can own. */
  readonly #queue: (Float32Array<ArrayBuffer> | undefined)[];
  #head = 0;
  #queued = 0;
  /** Samples of the oldest block that are popped already. */
  #offset = 0;
  readonly #capacity: number;
  /** Samples in blocks that the other end has. */
  #underWay = 0;
  readonly #transfer: ArrayBuffer[] = [new ArrayBuffer(0)];
  #wake: (() => void) | undefined;
  /** Samples that must be there before it wakes. */
  #wanted = 1;
  #closed = false;

  /** `capacity`: samples under way in either direction; the same at both ends. */
  constructor(port: BlockPort, capacity: number) {
    this.#port = port;
    this.#capacity = capacity;
    // A hop at 8 kHz fills half a block, and so does what is left of one at other rates.
    const blocks = 2 * Math.ceil(capacity / BLOCK_SAMPLES);
    for (let n = 0; n < blocks; n++) this.#pool.push(new Float32Array(FIRST + BLOCK_SAMPLES));
    this.#queue = new Array<Float32Array<ArrayBuffer> | undefined>(blocks).fill(undefined);
    port.onmessage = ({ data }: { data: Float32Array<ArrayBuffer> }) => this.#receive(data);
  }

  push(samples: Float32Array, count: number): number {
    const wanted = Math.min(count, this.#capacity - this.#underWay);
    let pushed = 0;
    while (pushed < wanted) {
      const block = this.#pool.pop();
      if (block === undefined) break;
      const length = Math.min(BLOCK_SAMPLES, wanted - pushed);
      block[KIND] = FILLED;
      block[COUNT] = length;
      block[STAMP] = stampMs();
      for (let n = 0; n < length; n++) block[FIRST + n] = samples[pushed + n];
      pushed += length;
      this.#underWay += length;
      this.#post(block);
    }
    return pushed;
  }

  pop(output: Float32Array, count: number): number {
    return this.#take(output, count);
  }

  skip(count: number): number {
    return this.#take(undefined, count);
  }

  wait(count = 1): Promise<void> {
    this.wokenByStampMs = NaN;
    if (this.available >= count || this.#closed) return Promise.resolve();
    this.#wanted = count;
    return new Promise((resolve) => (this.#wake = resolve));
  }

  close(): void {
    this.#closed = true;
    this.#port.onmessage = null;
    this.#port.close();
    this.#wake?.();
  }

  #take(output: Float32Array | undefined, count: number): number {
    let taken = 0;
    while (taken < count && this.#queued > 0) {
      const block = this.#queue[this.#head]!;
      const length = Math.min(count - taken, block[COUNT] - this.#offset);
      if (output !== undefined)
        for (let n = 0; n < length; n++) output[taken + n] = block[FIRST + this.#offset + n];
      taken += length;
      this.#offset += length;
      if (this.#offset < block[COUNT]) continue;
      this.#queue[this.#head] = undefined;
      this.#head = (this.#head + 1) % this.#queue.length;
      this.#queued--;
      this.#offset = 0;
      block[KIND] = EMPTY;
      this.#post(block);
    }
    this.available -= taken;
    return taken;
  }

  #receive(block: Float32Array<ArrayBuffer>): void {
    if (block[KIND] === EMPTY) {
      this.#underWay -= block[COUNT];
      this.#pool.push(block);
      return;
    }
    this.#queue[(this.#head + this.#queued) % this.#queue.length] = block;
    this.#queued++;
    this.available += block[COUNT];
    const wake = this.#wake;
    if (wake === undefined || this.available < this.#wanted) return;
    this.#wake = undefined;
    this.wokenByStampMs = block[STAMP];
    wake();
  }

  #post(block: Float32Array<ArrayBuffer>): void {
    this.#transfer[0] = block.buffer;
    this.#port.postMessage(block, this.#transfer);
  }
}
