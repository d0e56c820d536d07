// A device's bursts as the audio thread's clock shows them.
import { describe, expect, it } from 'vitest';
import { burstQuanta } from '../../src/shared/device-burst.ts';
import { random } from '../../src/shared/random.ts';

const QUANTA = 100;

/** Date.now() of calls that come `burst` at once. `lateMs`: how late 1 burst in 60 is; the next ones are in time again. */
function stamps(burst: number, quantumMs: number, { seed = 1, lateMs = 0, tickMs = 1 } = {}): Float64Array {
  const next = random(seed);
  const offset = 1e12 + 7 * next();
  let late = 0;
  return Float64Array.from({ length: QUANTA }, (_, n) => {
    if (n % burst === 0) late = next() < 1 / 60 ? lateMs : 0;
    const ms = offset + Math.floor(n / burst) * burst * quantumMs + (n % burst) * 0.03 + late;
    return Math.floor(ms / tickMs) * tickMs;
  });
}

describe('burstQuanta', () => {
  it.each([
    [128 / 48, 1],
    [128 / 48, 2],
    [128 / 48, 4],
    [128 / 48, 8],
    [128 / 44.1, 1],
    [128 / 44.1, 4],
    [128 / 16, 1],
    [128 / 192, 4],
  ])('of calls every %f ms that come %i at once', (quantumMs, burst) => {
    for (let seed = 1; seed <= 20; seed++) {
      const found = burstQuanta(stamps(burst, quantumMs, { seed }), quantumMs);
      // A millisecond is more than one quantum where these are short.
      expect(Math.abs(found - burst)).toBeLessThanOrEqual(quantumMs < 1.5 ? 1.5 / quantumMs : 0);
    }
  });

  it('takes a burst that is late now and then for none', () => {
    for (let seed = 1; seed <= 20; seed++)
      expect(burstQuanta(stamps(1, 8 / 3, { seed, lateMs: 12 }), 8 / 3)).toBeLessThanOrEqual(3);
  });

  it('is 1 where nothing was written down, and not much more where the clock is coarse', () => {
    expect(burstQuanta(new Float64Array(0), 8 / 3)).toBe(1);
    const coarse = burstQuanta(stamps(1, 8 / 3, { tickMs: 16 }), 8 / 3);
    expect(coarse).toBeGreaterThan(1);
    expect(coarse).toBeLessThanOrEqual(7);
  });
});
