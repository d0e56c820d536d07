// The power of a stream, followed hop by hop: its mean and its floor.

/** One-pole average, unbiased from the first value on. */
export class PowerFollower {
  readonly #keep: number;
  #total = 0;
  #weight = 0;

  /** pace: of a hop, against the time that is averaged over. */
  constructor(pace: number) {
    this.#keep = Math.exp(-pace);
  }

  follow(power: number): number {
    this.#total = this.#total * this.#keep + power;
    this.#weight = this.#weight * this.#keep + 1;
    return this.#total / this.#weight;
  }

  reset(): void {
    this.#total = this.#weight = 0;
  }
}

/** The least of the last while, in parts of it (after minimum statistics, Martin 2001). */
export class FloorFollower {
  static readonly #PARTS = 8;
  readonly #partHops: number;
  readonly #minima = new Float64Array(FloorFollower.#PARTS).fill(Infinity);
  readonly #settlingHops: number;
  #hops: number;

  /** settling: hops until there is a floor; before that it is infinite. */
  constructor(hops: number, settling: number) {
    this.#partHops = Math.ceil(hops / FloorFollower.#PARTS);
    this.#settlingHops = Math.ceil(settling);
    this.#hops = -this.#settlingHops;
  }

  follow(power: number): number {
    const hop = this.#hops++;
    if (hop < 0) return Infinity;
    const part = Math.floor(hop / this.#partHops) % FloorFollower.#PARTS;
    if (hop % this.#partHops === 0) this.#minima[part] = Infinity;
    this.#minima[part] = Math.min(this.#minima[part], power);
    let least = power;
    for (let n = 0; n < FloorFollower.#PARTS; n++) least = Math.min(least, this.#minima[n]);
    return least;
  }

  reset(): void {
    this.#minima.fill(Infinity);
    this.#hops = -this.#settlingHops;
  }
}
