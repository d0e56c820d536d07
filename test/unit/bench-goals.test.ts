// What the bench's report says of its goals.
import { expect, it } from 'vitest';
import { goalsOf } from '../../bench/report/goals.js';

const row = (what: string, p99_ms: number, real_time_factor: number) => ({
  where: 'node',
  what,
  p99_ms,
  real_time_factor,
  times_floor: 1,
  f32_times_floor: 1,
  times_floor_i16: 1,
});
const held = (rows: object[], goal: string) =>
  goalsOf({ rows }, 'node').find((one) => one.goal.startsWith(goal));

it('judges the step as the worker runs it, the clue following', () => {
  const rows = [row('wasm', 1, 0.1), row('wasm-adapting', 2, 0.2)];
  expect(held(rows, 'WebAssembly p99')).toMatchObject({
    got: '2.00 ms; the step alone 1.00 ms',
    held: false,
  });
  expect(held(rows, 'real-time factor')).toMatchObject({ got: '0.200', held: false });
});

it('judges the step alone where nothing else was measured', () => {
  const rows = [row('wasm', 1, 0.1)];
  expect(held(rows, 'WebAssembly p99')).toMatchObject({
    goal: 'WebAssembly p99 ≤ 1.5 ms a hop',
    got: '1.00 ms',
    held: true,
  });
});
