// What a stream adds to the clue: the voice that passes, and, negatively, what is taken away (a negative enrollment, as in arXiv 2502.16611,
// but heard in the stream itself). What it is worth: docs/enrollment.md, "What the stream adds".
import { clueCosine } from '../shared/clue-cosine.ts';
import type { Model } from '../shared/model.ts';
import { ClueListener, unitClue, type ClueNetwork } from './clue-encoder.ts';
import { FloorFollower, PowerFollower } from './power-followers.ts';

/** How much of what passes is added to the clue, and how much of what is taken away subtracted, once enough of it was heard. */
const OWN = 0.6;
const NEGATIVE = 0.3;
/** What passes is added as far as it is like the enrolled voice: from the second cosine on, all of it; up to the first, none. */
const SOMEBODY_ELSE = 0.75;
const THE_SAME = 0.88;
/** What is taken away and yet so much like the enrolled voice may be that voice, not known again: from the second on nothing is subtracted. */
const ALIKE = 0.85;
const TOO_ALIKE = 0.9;
/** Seconds of a voice: from the first on it counts; at the second, half as much as it ever will. What can be told by its likeness is believed sooner. */
const PASSES_S: Pace = { least: 0.15, half: 0.25 };
const TAKEN_S: Pace = { least: 0.5, half: 1 };
/** What is older fades. */
const MEMORY_S = 15;
/** Energies are followed over so long. */
const SMOOTH_S = 0.2;
/** What is so far below the mixture's running level says nothing. */
const QUIET_SHARE = 0.05;
/** What is taken away counts where it is so much louder than it was at the quietest within so many seconds: a voice comes and goes, noise stays. */
const PROMINENCE = 4;
const FLOOR_S = 4;
/** A hop counts for a voice by its part of the energy, to this power: what is half the one and half the other tells of neither. */
const PURITY = 4;
/** Who is not the louder of the two is not even listened to: one listens at a time. */
const LEAST_SHARE = 0.5 ** PURITY;

interface Pace {
  readonly least: number;
  readonly half: number;
}

export class ClueAdaptation {
  readonly #passes: HeardVoice;
  readonly #taken: HeardVoice;
  readonly #rest: Float32Array; // [bins, 2]
  readonly #level: PowerFollower;
  readonly #estimatePower: PowerFollower;
  readonly #restPower: PowerFollower;
  readonly #restFloor: FloorFollower;

  /** networks: two of their own. */
  constructor(model: Model, networks: readonly [ClueNetwork, ClueNetwork]) {
    const { config } = model;
    const hopS = config.hop / config.sample_rate;
    this.#passes = new HeardVoice(model, networks[0], hopS, PASSES_S);
    this.#taken = new HeardVoice(model, networks[1], hopS, TAKEN_S);
    this.#rest = new Float32Array(config.frame + 2);
    this.#level = new PowerFollower(hopS);
    this.#estimatePower = new PowerFollower(hopS / SMOOTH_S);
    this.#restPower = new PowerFollower(hopS / SMOOTH_S);
    this.#restFloor = new FloorFollower(FLOOR_S / hopS, SMOOTH_S / hopS);
  }

  /** Spectra [bins, 2] of one hop. */
  hear(mixture: Float32Array, estimate: Float32Array): void {
    const rest = this.#rest;
    for (let n = 0; n < rest.length; n++) rest[n] = mixture[n] - estimate[n];
    const power = powerOf(mixture);
    const level = this.#level.follow(power);
    const passing = this.#estimatePower.follow(powerOf(estimate));
    const taken = this.#restPower.follow(powerOf(rest));
    const floor = this.#restFloor.follow(taken);
    if (!(power > QUIET_SHARE * level)) return;
    const part = passing / (passing + taken);
    this.#passes.hear(estimate, part ** PURITY);
    if (taken > PROMINENCE * floor) this.#taken.hear(rest, (1 - part) ** PURITY);
  }

  /** `enrolled` [embedding], of unit length -> the clue to follow now, the same. Throws EnrollmentError where none comes out. */
  clue(enrolled: Float32Array): Float32Array {
    const clue = enrolled.slice();
    const passes = this.#passes.clue();
    if (passes !== null)
      add(
        clue,
        OWN * this.#passes.certainty * ramp(clueCosine(passes, enrolled), SOMEBODY_ELSE, THE_SAME),
        passes,
      );
    const taken = this.#taken.clue();
    if (taken !== null)
      add(
        clue,
        -NEGATIVE * this.#taken.certainty * (1 - ramp(clueCosine(taken, enrolled), ALIKE, TOO_ALIKE)),
        taken,
      );
    return unitClue(clue);
  }

  reset(): void {
    this.#passes.reset();
    this.#taken.reset();
    for (const follower of [this.#level, this.#estimatePower, this.#restPower, this.#restFloor])
      follower.reset();
  }
}

/** A voice as far as it was heard, and for how long. */
class HeardVoice {
  readonly #listener: ClueListener;
  readonly #hopS: number;
  readonly #pace: Pace;
  #heardS = 0;

  constructor(model: Model, network: ClueNetwork, hopS: number, pace: Pace) {
    this.#listener = new ClueListener(model, network, MEMORY_S / hopS);
    this.#hopS = hopS;
    this.#pace = pace;
  }

  /** NaN counts for nothing. */
  hear(spectrum: Float32Array, share: number): void {
    if (!(share > LEAST_SHARE)) return;
    this.#listener.hear(spectrum, share);
    this.#heardS += share * this.#hopS;
  }

  /** 0 … 1 */
  get certainty(): number {
    return this.#heardS / (this.#heardS + this.#pace.half);
  }

  /** [embedding], of unit length; null before there is enough to tell. */
  clue(): Float32Array | null {
    return this.#heardS < this.#pace.least ? null : this.#listener.clue();
  }

  reset(): void {
    this.#listener.reset();
    this.#heardS = 0;
  }
}

function add(clue: Float32Array, weight: number, other: Float32Array): void {
  for (let i = 0; i < clue.length; i++) clue[i] += weight * other[i];
}

/** 0 up to `from`, 1 from `to` on, a line in between. */
function ramp(value: number, from: number, to: number): number {
  return Math.min(1, Math.max(0, (value - from) / (to - from)));
}

function powerOf(spectrum: Float32Array): number {
  let power = 0;
  for (let n = 0; n < spectrum.length; n++) power += spectrum[n] * spectrum[n];
  return power;
}
