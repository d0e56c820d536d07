import { expect, it } from 'vitest';
import { FrameClock } from '../../src/shared/frame-clock.ts';

/** What a clock tells in each quantum of 128 frames, and of the first at the end. */
function told(currentFrames: number[]): { frames: number[]; first: number } {
  const clock = new FrameClock();
  const frames = currentFrames.map((frame) => clock.tick(frame, 128));
  return { frames, first: clock.first };
}

it('tells what currentFrame tells where that goes on', () => {
  expect(told([256, 384, 512])).toEqual({ frames: [256, 384, 512], first: 256 });
  expect(told([0, 128])).toEqual({ frames: [0, 128], first: 0 });
});

it('goes on where currentFrame stands still', () => {
  expect(told([256, 384, 384, 384, 768])).toEqual({ frames: [256, 384, 512, 640, 768], first: 256 });
});

it('learns when it began where currentFrame stood still at the first quantum', () => {
  const { frames, first } = told([128, 128, 512, 640]);
  expect(first).toBe(256);
  expect(frames.slice(2)).toEqual([512, 640]);
});
