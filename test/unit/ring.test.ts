// The rings: seeded sequences against a plain queue, canaries around the memory, a real second thread, both transports.
import type { MessagePort } from 'node:worker_threads';
import { Worker, MessageChannel } from 'node:worker_threads';
import { build } from 'esbuild';
import { afterEach, describe, expect, it } from 'vitest';
import { GaplessWriter } from '../../src/shared/audio-gapless-writer.ts';
import { PortRing, type BlockPort } from '../../src/shared/port-ring.ts';
import { random } from '../../src/shared/random.ts';
import { createRingBuffer, RingReader, RingWriter } from '../../src/shared/ring.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  while (closing.length > 0) await closing.pop()!();
});

/** Two ends of a channel in this thread. */
function portRings(capacity: number): [PortRing, PortRing] {
  const { port1, port2 } = new MessageChannel();
  const rings: [PortRing, PortRing] = [
    new PortRing(port1 as unknown as BlockPort, capacity),
    new PortRing(port2 as unknown as BlockPort, capacity),
  ];
  closing.push(() => rings[0].close());
  return rings;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('ring over shared memory', () => {
  it('keeps order and count over seeded pushes, pops and skips', () => {
    const next = random(1);
    const buffer = createRingBuffer(100);
    const writer = new RingWriter(buffer);
    const reader = new RingReader(buffer);
    expect(writer.capacity).toBe(128);
    const block = new Float32Array(200);
    let written = 0;
    let read = 0;
    let full = 0;
    for (let round = 0; round < 20_000; round++) {
      const size = Math.floor(next() * 160);
      if (next() < 0.5) {
        for (let n = 0; n < size; n++) block[n] = (written + n) % 65_521;
        const pushed = writer.push(block, size);
        expect(pushed).toBe(Math.min(size, 128 - (written - read)));
        if (pushed < size) full++;
        written += pushed;
      } else if (next() < 0.2) {
        const skipped = reader.skip(size);
        expect(skipped).toBe(Math.min(size, written - read));
        read += skipped;
      } else {
        const popped = reader.pop(block, size);
        expect(popped).toBe(Math.min(size, written - read));
        for (let n = 0; n < popped; n++)
          if (block[n] !== (read + n) % 65_521) expect(block[n]).toBe((read + n) % 65_521);
        read += popped;
      }
      expect(reader.available).toBe(written - read);
    }
    expect(full).toBeGreaterThan(100);
  });

  it('goes on where its counters wrap around', () => {
    const buffer = createRingBuffer(64);
    const counters = new Int32Array(buffer);
    // Both counters just before 2^31 and, further on, before 2^32.
    for (const start of [0x7fffffe0, 0xffffffe0]) {
      counters[0] = counters[16] = start | 0;
      const writer = new RingWriter(buffer);
      const reader = new RingReader(buffer);
      const block = Float32Array.from({ length: 40 }, (_, n) => n + 1);
      const out = new Float32Array(40);
      for (let round = 0; round < 5; round++) {
        expect(writer.push(block, 40)).toBe(40);
        expect(writer.push(block, 40)).toBe(24);
        expect(reader.pop(out, 40)).toBe(40);
        expect(out).toEqual(block);
        expect(reader.skip(100)).toBe(24);
      }
    }
  });

  it("writes nothing beyond what it is given: canaries in the caller's arrays", () => {
    const buffer = createRingBuffer(32);
    const writer = new RingWriter(buffer);
    const reader = new RingReader(buffer);
    const source = new Float32Array(50).fill(0.5);
    expect(writer.push(source, 50)).toBe(32);
    expect(source.every((x) => x === 0.5)).toBe(true);
    const target = new Float32Array(50).fill(-77);
    expect(reader.pop(target, 20)).toBe(20);
    expect(target.subarray(20).every((x) => x === -77)).toBe(true);
    expect(reader.pop(target, 50)).toBe(12);
    expect(target.subarray(20).every((x) => x === -77)).toBe(true);
  });

  it('lets a reader sleep until there is what it waits for, also where the counters wrap around', async () => {
    const buffer = createRingBuffer(64);
    // Both counters shortly before they wrap around.
    const counters = new Int32Array(buffer, 0, 32);
    counters[0] = counters[16] = -70;
    const reader = new RingReader(buffer);
    const writer = new RingWriter(buffer);
    const popped = new Float32Array(64);
    for (let round = 0; round < 5; round++) {
      let woken = 0;
      const waiting = reader.wait(30).then(() => woken++);
      for (let n = 0; n < 2; n++) {
        writer.push(new Float32Array(14), 14);
        await turn();
        expect(woken).toBe(0);
      }
      writer.push(new Float32Array(14), 14);
      await waiting;
      expect(reader.available).toBe(42);
      expect(reader.wokenByStampMs).not.toBeNaN();
      reader.pop(popped, 42);
    }
  });

  it('wakes a waiting reader, and one that is closed', async () => {
    const buffer = createRingBuffer(32);
    const reader = new RingReader(buffer);
    let woken = 0;
    const waiting = reader.wait().then(() => woken++);
    await turn();
    expect(woken).toBe(0);
    new RingWriter(buffer).push(new Float32Array(1), 1);
    await waiting;
    expect(woken).toBe(1);
    await reader.wait();
    reader.skip(1);
    const closed = reader.wait();
    reader.close();
    await closed;
    await reader.wait();
  });
});

describe('ring over a message port', () => {
  it('lets a reader sleep until there is what it waits for', async () => {
    const [writer, reader] = portRings(512);
    let woken = 0;
    const waiting = reader.wait(200).then(() => woken++);
    writer.push(new Float32Array(128), 128);
    for (let n = 0; n < 20; n++) await turn();
    expect(reader.available).toBe(128);
    expect(woken).toBe(0);
    writer.push(new Float32Array(128), 128);
    await waiting;
    expect(reader.available).toBe(256);
    writer.close();
    reader.close();
  });

  it('keeps order and count, recycles its blocks and says when it is full', async () => {
    const [writer, reader] = portRings(512);
    const next = random(2);
    const block = new Float32Array(300);
    const out = new Float32Array(300);
    let written = 0;
    let read = 0;
    let full = 0;
    for (let round = 0; round < 3000; round++) {
      const size = Math.floor(next() * 300);
      for (let n = 0; n < size; n++) block[n] = (written + n) % 65_521;
      const pushed = writer.push(block, size);
      if (pushed < size) full++;
      written += pushed;
      await turn();
      const popped = reader.pop(out, Math.floor(next() * 300));
      for (let n = 0; n < popped; n++)
        if (out[n] !== (read + n) % 65_521) expect(out[n]).toBe((read + n) % 65_521);
      read += popped;
    }
    expect(full).toBeGreaterThan(100);
    expect(read).toBeGreaterThan(100_000);
    while (read < written) {
      await turn();
      read += reader.skip(1000);
    }
    expect(reader.available).toBe(0);
    expect(read).toBe(written);
  });

  it('holds as many samples in half-filled blocks as in full ones', async () => {
    const [here, there] = portRings(1280);
    const hop = new Float32Array(64); // at 8 kHz
    let pushed = 0;
    for (let count = here.push(hop, 64); count > 0; count = here.push(hop, 64)) pushed += count;
    expect(pushed).toBe(1280);
    await turn();
    expect(there.skip(640)).toBe(640);
    await turn();
    expect(here.push(new Float32Array(1280), 1280)).toBe(640);
  });

  it('carries both directions at once and wakes a waiting reader, and one that is closed', async () => {
    const [here, there] = portRings(1024);
    const one = Float32Array.of(1, 2, 3);
    const two = Float32Array.of(4, 5);
    const out = new Float32Array(3);
    const waiting = there.wait();
    here.push(one, 3);
    there.push(two, 2);
    await waiting;
    await here.wait();
    expect(there.pop(out, 3)).toBe(3);
    expect(out).toEqual(one);
    expect(here.pop(out, 3)).toBe(2);
    expect(out.subarray(0, 2)).toEqual(two);
    const closed = here.wait();
    here.close();
    await closed;
  });
});

describe('gapless writer', () => {
  it('keeps every sample in its place over losses', () => {
    const buffer = createRingBuffer(64);
    const ring = new RingWriter(buffer);
    const reader = new RingReader(buffer);
    const writer = new GaplessWriter(ring, -1);
    const next = random(3);
    const block = new Float32Array(48);
    const out = new Float32Array(64);
    let position = 0;
    let read = 0;
    let lost = 0;
    let filled = 0;
    for (let round = 0; round < 5000; round++) {
      const size = 1 + Math.floor(next() * 48);
      for (let n = 0; n < size; n++) block[n] = position + n;
      position += size;
      lost += writer.push(block, size);
      if (next() < 0.4) continue;
      const popped = reader.pop(out, Math.floor(next() * 64));
      for (let n = 0; n < popped; n++) {
        if (out[n] === -1) filled++;
        else if (out[n] !== read + n) expect(out[n]).toBe(read + n);
      }
      read += popped;
    }
    expect(lost).toBeGreaterThan(1000);
    expect(filled).toBeGreaterThan(1000);
    expect(filled).toBeLessThanOrEqual(lost);
  });
});

/** Reads seeded numbers on a thread of its own and says whether they came whole and in order. */
const THREAD = `
import { workerData } from 'node:worker_threads';
import { RingReader } from './src/shared/ring.ts';
import { PortRing } from './src/shared/port-ring.ts';
const { link, total, answer } = workerData;
// A listener keeps Node's thread alive while it waits.
answer.on('message', () => {});
const reader = link.buffer ? new RingReader(link.buffer) : new PortRing(link.port, link.capacity);
const out = new Float32Array(333);
let read = 0, wrong = 0, waits = 0;
while (read < total) {
  await reader.wait();
  waits++;
  for (let count = reader.pop(out, 333); count > 0; count = reader.pop(out, 333)) {
    for (let n = 0; n < count; n++) if (out[n] !== (read + n) % 65521) wrong++;
    read += count;
  }
}
answer.postMessage({ read, wrong, waits });
answer.close();
reader.close();
`;

async function thread(
  link: { buffer?: SharedArrayBuffer; port?: MessagePort; capacity?: number },
  total: number,
) {
  const bundle = await build({
    stdin: { contents: THREAD, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
  });
  const { port1: answer, port2: theirs } = new MessageChannel();
  const url = new URL(`data:text/javascript,${encodeURIComponent(bundle.outputFiles[0].text)}`);
  const worker = new Worker(url, {
    workerData: { link, total, answer: theirs },
    transferList: link.port ? [theirs, link.port] : [theirs],
  });
  closing.push(() => worker.terminate());
  const result = new Promise<{ read: number; wrong: number; waits: number }>((resolve, reject) => {
    answer.on('message', resolve);
    worker.on('error', reject);
  });
  return result;
}

describe('a real second thread', () => {
  const total = 500_000;

  async function feed(writer: { push(samples: Float32Array, count: number): number }): Promise<number> {
    const next = random(4);
    const block = new Float32Array(256);
    let full = 0;
    for (let written = 0; written < total;) {
      const size = Math.min(1 + Math.floor(next() * 256), total - written);
      for (let n = 0; n < size; n++) block[n] = (written + n) % 65_521;
      const pushed = writer.push(block, size);
      written += pushed;
      if (pushed === size) continue;
      full++;
      await turn();
    }
    return full;
  }

  it('reads all that is written through shared memory, woken by the writer', async () => {
    const buffer = createRingBuffer(1024);
    const result = thread({ buffer }, total);
    const full = await feed(new RingWriter(buffer));
    const { read, wrong, waits } = await result;
    expect({ read, wrong }).toEqual({ read: total, wrong: 0 });
    expect(full).toBeGreaterThan(0);
    expect(waits).toBeGreaterThan(0);
  });

  it('reads all that is written through a port, woken by the messages', async () => {
    const { port1, port2 } = new MessageChannel();
    const result = thread({ port: port2, capacity: 2048 }, total);
    const writer = new PortRing(port1 as unknown as BlockPort, 2048);
    closing.push(() => writer.close());
    const full = await feed(writer);
    const { read, wrong } = await result;
    expect({ read, wrong }).toEqual({ read: total, wrong: 0 });
    expect(full).toBeGreaterThan(0);
  });
});
