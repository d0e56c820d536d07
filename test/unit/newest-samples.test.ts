// What the worker keeps of the newest sound.
import { describe, expect, it } from 'vitest';
import { NewestSamples } from '../../src/worker/newest-samples.ts';

const hop = (n: number) => Float32Array.of(2 * n, 2 * n + 1);

describe('the newest samples', () => {
  it('are none until there are enough, then the newest, in order, and a copy', () => {
    const newest = new NewestSamples(6);
    newest.push(hop(0));
    newest.push(hop(1));
    expect(newest.copy()).toBeNull();
    newest.push(hop(2));
    const first = newest.copy()!;
    expect([...first]).toEqual([0, 1, 2, 3, 4, 5]);
    newest.push(hop(3));
    expect([...newest.copy()!]).toEqual([2, 3, 4, 5, 6, 7]);
    expect([...first]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('are forgotten', () => {
    const newest = new NewestSamples(2);
    newest.push(hop(0));
    newest.clear();
    expect(newest.copy()).toBeNull();
    newest.push(hop(1));
    expect([...newest.copy()!]).toEqual([2, 3]);
  });
});
