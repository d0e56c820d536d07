// Streaming band-limited resampling between two whole rates: a Kaiser-windowed sinc, one row of coefficients a phase.
// Output m stands for the very time m / toHz of the input (linear phase, no shift): the delay is not a shift of the signal
// but the wait for the input samples that come after that time, and `inputsFor` tells it exactly. Positions are
// kept as integers in units of 1 / (up · fromHz), so nothing drifts however long it runs.
import { InputError } from './errors.ts';

/** Half the filter's length in periods of the lower rate: 1 ms where that is 16 kHz. */
const HALF_PERIODS = 16;
/** Kaiser's shape: with HALF_PERIODS, ≥ 65 dB from 9/8 of the lower Nyquist frequency, flat up to 7/8 of it. */
const KAISER_BETA = 6.2;

/** The numbers that tell when which output can be computed. Shared by the resampler and those who reckon its delay. */
export class ResamplerTiming {
  /** Output samples per `down` input samples, in lowest terms. */
  readonly up: number;
  readonly down: number;
  /** Half the filter's length in units of 1 / up input samples. */
  readonly reach: number;

  constructor(
    readonly fromHz: number,
    readonly toHz: number,
  ) {
    for (const rateHz of [fromHz, toHz]) {
      if (Number.isInteger(rateHz) && rateHz > 0) continue;
      throw new InputError('sample rate cannot be resampled', {
        where: 'resampler',
        expected: 'a whole number of hertz above 0',
        got: String(rateHz),
      });
    }
    const divisor = greatestCommonDivisor(fromHz, toHz);
    this.up = toHz / divisor;
    this.down = fromHz / divisor;
    // Equal rates: a filter of the one sample itself, so that nothing is delayed and nothing changes.
    this.reach = (this.up === this.down ? 1 : HALF_PERIODS) * Math.max(this.up, this.down);
  }

  /** How many input samples must have gone in before `outputs` output samples have come out. */
  inputsFor(outputs: number): number {
    return outputs === 0 ? 0 : Math.ceil(((outputs - 1) * this.down + this.reach) / this.up);
  }

  /** How many output samples have come out when `inputs` input samples have gone in. */
  outputsFor(inputs: number): number {
    return Math.max(0, Math.floor((inputs * this.up - this.reach) / this.down) + 1);
  }

  /** The wait for later input, in seconds. */
  get delaySeconds(): number {
    return this.up === this.down ? 0 : this.reach / this.up / this.fromHz;
  }
}

export class Resampler {
  readonly timing: ResamplerTiming;
  readonly #taps: number;
  /** [up, taps], the oldest sample's coefficient first. */
  readonly #rows: Float32Array;
  /** For every phase, how many input samples after the output's own time are needed. */
  readonly #ahead: Int32Array;
  /** [2 · taps]: every sample is written twice, so that the newest `taps` samples lie in one piece. */
  readonly #history: Float32Array;
  #write = 0;
  /** Inputs still to come before the next output. */
  #wanting = 0;
  /** (position of the next output in units of 1 / up input samples) mod up. */
  #phase = 0;

  /** `twin`: one between the same rates, whose coefficients are shared. */
  constructor(fromHz: number, toHz: number, twin?: Resampler) {
    this.timing = new ResamplerTiming(fromHz, toHz);
    const { up, reach } = this.timing;
    this.#taps = fromHz === toHz ? 1 : Math.ceil((2 * reach) / up);
    this.#history = new Float32Array(2 * this.#taps);
    if (twin === undefined) {
      this.#rows = new Float32Array(up * this.#taps);
      this.#ahead = new Int32Array(up);
      this.#design();
    } else {
      this.#rows = twin.#rows;
      this.#ahead = twin.#ahead;
    }
    this.reset();
  }

  /** Another one between the same rates, before its first sample: to design the coefficients takes longer than to use them. */
  twin(): Resampler {
    return new Resampler(this.timing.fromHz, this.timing.toHz, this);
  }

  /** Back to silence before the first sample. */
  reset(): void {
    this.#history.fill(0);
    this.#write = 0;
    this.#phase = 0;
    this.#wanting = this.timing.inputsFor(1);
  }

  /** The most output samples that `inputs` input samples can bring. */
  maxOutputs(inputs: number): number {
    return Math.ceil((inputs * this.timing.up) / this.timing.down) + 1;
  }

  /**
   * Takes the first `count` samples of `input` and writes what can be computed by now to the start of `output`, which holds
   * at least `maxOutputs(count)`. Returns how many samples it wrote. Allocates nothing.
   */
  process(input: Float32Array, count: number, output: Float32Array): number {
    const { up, down } = this.timing;
    const taps = this.#taps;
    const history = this.#history;
    const rows = this.#rows;
    let written = 0;
    for (let n = 0; n < count; n++) {
      const sample = input[n];
      history[this.#write] = sample;
      history[this.#write + taps] = sample;
      if (++this.#write === taps) this.#write = 0;
      this.#wanting--;
      while (this.#wanting === 0) {
        const row = this.#phase * taps;
        const start = this.#write;
        // Four sums at once: one alone would wait for each of its additions.
        let a = 0;
        let b = 0;
        let c = 0;
        let d = 0;
        let tap = 0;
        for (; tap + 3 < taps; tap += 4) {
          a += rows[row + tap] * history[start + tap];
          b += rows[row + tap + 1] * history[start + tap + 1];
          c += rows[row + tap + 2] * history[start + tap + 2];
          d += rows[row + tap + 3] * history[start + tap + 3];
        }
        for (; tap < taps; tap++) a += rows[row + tap] * history[start + tap];
        output[written++] = a + b + c + d;
        const advanced = this.#phase + down;
        const whole = Math.floor(advanced / up);
        const phase = advanced - whole * up;
        this.#wanting = whole + this.#ahead[phase] - this.#ahead[this.#phase];
        this.#phase = phase;
      }
    }
    return written;
  }

  #design(): void {
    const { up, down, reach } = this.timing;
    const taps = this.#taps;
    const lower = Math.max(up, down);
    const windowScale = 1 / bessel(KAISER_BETA);
    for (let phase = 0; phase < up; phase++) {
      const ahead = Math.ceil((phase + reach) / up) - 1;
      this.#ahead[phase] = ahead;
      let total = 0;
      for (let tap = 0; tap < taps; tap++) {
        // The tap's distance from the output's time, exact in units of 1 / up input samples.
        const distance = (ahead - taps + 1 + tap) * up - phase;
        if (Math.abs(distance) >= reach) continue;
        const x = distance / lower;
        const across = distance / reach;
        const value = sinc(x) * bessel(KAISER_BETA * Math.sqrt(1 - across * across)) * windowScale;
        this.#rows[phase * taps + tap] = value;
        total += value;
      }
      // A constant stays that constant in every phase: else the phases' pattern would be heard.
      for (let tap = 0; tap < taps; tap++) this.#rows[phase * taps + tap] /= total;
    }
  }
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
