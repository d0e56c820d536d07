// What the extractor is run on where the latency alone matters: a quiet noise in which nobody speaks.
import { disconnect } from '../../src/disconnect.ts';
import type { Extractor } from '../../src/index.ts';

const LENGTH_S = 1;
const PEAK = 0.02;

/**
 * Runs it on the noise until the returned function is called. Any clue does where none is set: every clue costs the same.
 * @param onEnded that run is over, whoever ended it; what runs from then on is somebody else's.
 */
export async function runOnNoise(extractor: Extractor, onEnded: () => void): Promise<() => Promise<void>> {
  const { context } = extractor;
  const buffer = new AudioBuffer({
    length: LENGTH_S * context.sampleRate,
    sampleRate: context.sampleRate,
  });
  const samples = buffer.getChannelData(0);
  for (let n = 0; n < samples.length; n++) samples[n] = PEAK * (2 * Math.random() - 1);
  const source = new AudioBufferSourceNode(context, { buffer, loop: true });
  const forgetClue = await needClue(extractor);
  try {
    await extractor.start(source);
  } catch (error) {
    forgetClue();
    throw error;
  }
  // An output that nobody hears must be pulled all the same.
  const silent = new GainNode(context, { gain: 0 });
  extractor.output.connect(silent).connect(context.destination);
  source.start();
  const listening = new AbortController();
  extractor.on(
    'statechange',
    ({ state }) => {
      if (state !== 'stopped') return;
      listening.abort();
      disconnect(extractor.output, silent);
      silent.disconnect();
      source.stop();
      forgetClue();
      onEnded();
    },
    { signal: listening.signal },
  );
  return async () => {
    if (!listening.signal.aborted) await extractor.stop();
  };
}

const CLUE_VALUES = 256;

/** Gives an extractor that has no clue one of nobody; until the returned function is called. */
export async function needClue(extractor: Extractor): Promise<() => void> {
  if (extractor.hasClue) return () => {};
  const nobody = new Float32Array(CLUE_VALUES).fill(1 / Math.sqrt(CLUE_VALUES));
  await extractor.setClue(nobody);
  // Nothing is left of one that was disposed of.
  return () => void extractor.forgetClue(nobody).catch(() => {});
}
