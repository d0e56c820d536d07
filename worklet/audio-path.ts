// What the audio thread does with every quantum, free of the browser: the mixture goes to the worker, the estimate of
// `delaySamples` ago comes from there and is played. Positions are counted from the first sample on; nothing ever shifts them but
// a delay that is asked to grow.
// `process` allocates nothing, posts nothing (a port's link does, block by block) and never waits.
import type { AudioCounters } from '../src/shared/audio-counters.ts';
import { GaplessWriter } from '../src/shared/audio-gapless-writer.ts';
import type { MissedPolicy } from '../src/shared/protocol.ts';
import type { SampleReader, SampleWriter } from '../src/shared/ring.ts';
import { Concealment } from './concealment.ts';

const FADE_S = 0.01;
/** Time constants of the levels shown: how fast the RMS follows, how fast a peak is let go. */
const RMS_S = 0.1;
const PEAK_S = 0.5;
const QUANTUM = 128;

export interface AudioPathOptions {
  readonly rateHz: number;
  /** Position n is played at time n + delaySamples. */
  readonly delaySamples: number;
  readonly missedPolicy: MissedPolicy;
  readonly bypass: boolean;
  /** 0 … 1: share of the others that is taken away. */
  readonly strength: number;
  readonly counters: AudioCounters;
}

export class AudioPath {
  missedPolicy: MissedPolicy;
  /** Plays the mixture instead, just as late; fades over, so that nothing jumps. */
  bypass: boolean;
  /** 0 … 1: played = estimate + (1 − strength)·(mixture − estimate); a change fades likewise. */
  strength: number;
  #delaySamples: number;
  #wantedDelaySamples: number;
  readonly #counters: AudioCounters;
  readonly #concealment: Concealment;
  #capture: GaplessWriter | undefined;
  #playback: SampleReader | undefined;
  readonly #mixture = new Float32Array(QUANTUM);
  readonly #estimate = new Float32Array(QUANTUM);
  readonly #played = new Float32Array(QUANTUM);
  /** The newest samples of the mixture in a circle whose length is a power of two. */
  #delayLine: Float32Array;
  /** Samples that came in so far. */
  #now = 0;
  /** Position of the next sample that the playback ring gives. */
  #next = 0;
  #grownAt: number | undefined;
  /** Share of the mixture in what is played, 0 … 1. */
  #mix: number;
  /** How loud it is played, in steps of a fade: all of them, but none while the delay grows. */
  #loudness: number;
  readonly #loudnessSteps: number;
  /** The first position that was not played before the delay grew; before it there is silence, of which nothing is missing. */
  #resumesAt = 0;
  readonly #fadeStep: number;
  readonly #rmsKeep: number;
  readonly #peakKeep: number;
  #inputPower = 0;
  #inputPeak = 0;
  #outputPower = 0;
  #outputPeak = 0;

  constructor({ rateHz, delaySamples, missedPolicy, bypass, strength, counters }: AudioPathOptions) {
    this.#delaySamples = this.#wantedDelaySamples = delaySamples;
    this.#counters = counters;
    this.#concealment = new Concealment(rateHz);
    this.missedPolicy = missedPolicy;
    this.bypass = bypass;
    this.strength = strength;
    this.#mix = bypass ? 1 : 1 - strength;
    this.#delayLine = delayLineFor(delaySamples);
    this.#fadeStep = 1 / Math.round(FADE_S * rateHz);
    // Whole quanta, so that the delay grows where the fade has ended and nothing is lost in between.
    this.#loudness = this.#loudnessSteps = QUANTUM * Math.ceil((FADE_S * rateHz) / QUANTUM);
    this.#rmsKeep = Math.exp(-QUANTUM / rateHz / RMS_S);
    this.#peakKeep = Math.exp(-QUANTUM / rateHz / PEAK_S);
  }

  /** From now on the worker is there. Samples that came in before count as silence to it. */
  connect(capture: SampleWriter, playback: SampleReader): void {
    this.#capture = new GaplessWriter(capture, 0);
    this.#capture.owe(this.#now);
    this.#playback = playback;
  }

  /**
   * Plays everything later from now on: what is played fades out, as much silence as the delay grows follows, then it goes on where it
   * was. A shorter delay than there is changes nothing. Allocates, once a growth.
   */
  growDelay(delaySamples: number): void {
    this.#wantedDelaySamples = Math.max(delaySamples, this.#wantedDelaySamples);
    const longer = delayLineFor(this.#wantedDelaySamples);
    const line = this.#delayLine;
    if (longer.length <= line.length) return;
    for (let n = Math.max(0, this.#now - line.length); n < this.#now; n++)
      longer[n & (longer.length - 1)] = line[n & (line.length - 1)];
    this.#delayLine = longer;
  }

  /** What came in when the delay grew, as a position, told once; undefined where it has not since the last call. */
  takeGrowth(): number | undefined {
    const at = this.#grownAt;
    this.#grownAt = undefined;
    return at;
  }

  /** One call of an AudioWorkletProcessor: any number of channels in (none is silence) and out. */
  process(inputs: readonly Float32Array[], outputs: readonly Float32Array[]): void {
    const length = outputs.length > 0 ? outputs[0].length : QUANTUM;
    for (let start = 0; start < length; start += QUANTUM)
      this.#quantum(inputs, outputs, start, Math.min(QUANTUM, length - start));
  }

  #quantum(
    inputs: readonly Float32Array[],
    outputs: readonly Float32Array[],
    start: number,
    count: number,
  ): void {
    this.#counters.add('quanta', 1);
    this.#takeIn(inputs, start, count);
    const lost = this.#capture === undefined ? 0 : this.#capture.push(this.#mixture, count);
    if (lost > 0) this.#counters.add('overflowSamples', lost);
    if (this.#loudness === 0 && this.#wantedDelaySamples > this.#delaySamples) {
      this.#grownAt = this.#now;
      this.#resumesAt = Math.max(this.#resumesAt, this.#now - this.#delaySamples);
      this.#delaySamples = this.#wantedDelaySamples;
    }
    this.#fetchEstimate(this.#now - this.#delaySamples, count);
    this.#mixDown(count);
    this.#now += count;
    for (let channel = 0; channel < outputs.length; channel++) {
      const output = outputs[channel];
      for (let n = 0; n < count; n++) output[start + n] = this.#played[n];
    }
    this.#measure(count);
  }

  /** The mean of all channels; NaN and Inf of any channel become 0. */
  #takeIn(inputs: readonly Float32Array[], start: number, count: number): void {
    const mixture = this.#mixture;
    const line = this.#delayLine;
    const mask = line.length - 1;
    const channels = inputs.length;
    let nonFinite = 0;
    for (let n = 0; n < count; n++) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) {
        const sample = inputs[channel][start + n];
        if (Number.isFinite(sample)) sum += sample;
        else nonFinite++;
      }
      const sample = channels > 1 ? sum / channels : sum;
      mixture[n] = sample;
      line[(this.#now + n) & mask] = sample;
    }
    if (nonFinite > 0) this.#counters.add('nonFinite', nonFinite);
  }

  /** Fills #estimate with positions `from` … of the estimate, NaN where it is not there. */
  #fetchEstimate(from: number, count: number): void {
    const estimate = this.#estimate;
    // Before the first sample there was silence, and none of it is missing.
    const silent = Math.min(count, Math.max(0, this.#resumesAt - from));
    for (let n = 0; n < silent; n++) estimate[n] = 0;
    let got = silent;
    const playback = this.#playback;
    if (playback !== undefined && silent < count) {
      const late = from + silent - this.#next;
      if (late > 0) {
        const thrown = playback.skip(late);
        this.#next += thrown;
        if (thrown > 0) this.#counters.add('lateSamples', thrown);
      }
      if (this.#next === from + silent) {
        // Only a quantum with which sound begins has a head; it is silence, and what is read goes behind it.
        const popped = playback.pop(silent === 0 ? estimate : this.#played, count - silent);
        if (silent > 0) for (let n = 0; n < popped; n++) estimate[silent + n] = this.#played[n];
        this.#next += popped;
        got += popped;
      }
    }
    for (let n = got; n < count; n++) estimate[n] = NaN;
  }

  /** #played from #estimate and the delayed mixture: policy where samples miss; bypass and strength by one share that fades. */
  #mixDown(count: number): void {
    const line = this.#delayLine;
    const mask = line.length - 1;
    const first = this.#now - this.#delaySamples;
    const target = this.bypass ? 1 : 1 - this.strength;
    const policy = this.missedPolicy;
    const concealment = this.#concealment;
    const resumesAt = this.#resumesAt;
    const isGrowing = this.#wantedDelaySamples > this.#delaySamples;
    let mix = this.#mix;
    let loudness = this.#loudness;
    let missed = 0;
    for (let n = 0; n < count; n++) {
      const isGap = first + n < resumesAt;
      const mixture = isGap ? 0 : line[(first + n) & mask];
      let estimate = this.#estimate[n];
      // NaN: not there, or never computed.
      if (isGap) estimate = 0;
      else if (Number.isFinite(estimate)) concealment.hear(estimate, mixture);
      else {
        missed++;
        if (policy === 'silence') estimate = 0;
        else estimate = policy === 'mixture' ? mixture : concealment.conceal(mixture);
      }
      if (mix < target) mix = Math.min(target, mix + this.#fadeStep);
      else if (mix > target) mix = Math.max(target, mix - this.#fadeStep);
      if (isGrowing) loudness = Math.max(0, loudness - 1);
      else if (!isGap) loudness = Math.min(this.#loudnessSteps, loudness + 1);
      this.#played[n] =
        (loudness / this.#loudnessSteps) * (mix === 1 ? mixture : estimate + mix * (mixture - estimate));
    }
    this.#mix = mix;
    this.#loudness = loudness;
    if (missed === 0) return;
    this.#counters.add('missedSamples', missed);
    this.#counters.add('missedQuanta', 1);
  }

  #measure(count: number): void {
    const rmsKeep = this.#rmsKeep;
    let inputPower = 0;
    let outputPower = 0;
    let inputPeak = this.#inputPeak * this.#peakKeep;
    let outputPeak = this.#outputPeak * this.#peakKeep;
    for (let n = 0; n < count; n++) {
      const input = this.#mixture[n];
      const output = this.#played[n];
      inputPower += input * input;
      outputPower += output * output;
      inputPeak = Math.max(inputPeak, Math.abs(input));
      outputPeak = Math.max(outputPeak, Math.abs(output));
    }
    this.#inputPower = this.#inputPower * rmsKeep + (inputPower / count) * (1 - rmsKeep);
    this.#outputPower = this.#outputPower * rmsKeep + (outputPower / count) * (1 - rmsKeep);
    this.#inputPeak = inputPeak;
    this.#outputPeak = outputPeak;
    this.#counters.setLevels(
      Math.sqrt(this.#inputPower),
      inputPeak,
      Math.sqrt(this.#outputPower),
      outputPeak,
    );
  }
}

/** All zeros. Its length is a power of two, so that positions wrap by a mask. */
function delayLineFor(delaySamples: number): Float32Array {
  let length = 1;
  while (length < delaySamples + QUANTUM) length *= 2;
  return new Float32Array(length);
}
