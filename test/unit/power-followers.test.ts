// A stream's power, followed: the mean from the first value on, and the floor that goes up again after its time.
import { describe, expect, it } from 'vitest';
import { FloorFollower, PowerFollower } from '../../src/worker/power-followers.ts';

const last = (follower: { follow(power: number): number }, powers: readonly number[]) =>
  powers.map((power) => follower.follow(power)).at(-1);
const hops = (count: number, power: number) => Array<number>(count).fill(power);

describe('PowerFollower', () => {
  it('is the mean of what is always the same, from the first value on', () => {
    const follower = new PowerFollower(0.1);
    expect(follower.follow(3)).toBe(3);
    expect(last(follower, hops(50, 3))).toBeCloseTo(3, 12);
  });

  it('has gone 1 − 1 / e of the way after its time', () => {
    const follower = new PowerFollower(0.01);
    last(follower, hops(2000, 1));
    expect(last(follower, hops(100, 0))).toBeCloseTo(Math.exp(-1), 6);
  });

  it('begins anew after a reset', () => {
    const follower = new PowerFollower(0.1);
    follower.follow(5);
    follower.reset();
    expect(follower.follow(2)).toBe(2);
  });
});

describe('FloorFollower', () => {
  it('knows none before it has settled', () => {
    const follower = new FloorFollower(80, 3);
    expect(hops(4, 1).map((power) => follower.follow(power))).toEqual([Infinity, Infinity, Infinity, 1]);
  });

  it('goes down at once, and up when its time has passed, an eighth of it early at most', () => {
    const follower = new FloorFollower(80, 0);
    expect(last(follower, [...hops(95, 4), 1])).toBe(1);
    expect(last(follower, hops(70, 9))).toBe(1);
    expect(last(follower, hops(10, 9))).toBe(9);
  });

  it('begins anew after a reset', () => {
    const follower = new FloorFollower(80, 1);
    last(follower, hops(40, 1));
    follower.reset();
    expect([follower.follow(7), follower.follow(7)]).toEqual([Infinity, 7]);
  });
});
