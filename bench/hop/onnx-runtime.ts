// ONNX Runtime Web as a contestant: the same model, and the same model with cross-attention in the place of CrossMamba. One thread, as ours.
import type { Contestant, Entry, Runner, Surroundings, What } from './contestant.ts';
import { multiplyAccumulates } from '../shared/multiply-accumulates.ts';
import { attentionMacs, attentionMixing } from '../onnx/attention-mixing.ts';
import { hopFile } from '../onnx/extractor.ts';
import { feedsOnly } from '../onnx/feeds-only.ts';
import type { GraphFile } from '../onnx/graph.ts';
import { mambaMixing } from '../onnx/mamba-mixing.ts';
import { OnnxStep, type Provider } from '../onnx/step.ts';
import { hopMsOf, needGpu, someClue, spectra } from './ours.ts';

/** Beside the model's file. */
const RUNTIME: Record<Provider, string> = { wasm: 'ort.wasm', webgpu: 'ort-webgpu.wasm' };

/** Every adapter binds eight tensors at a time. */
const WIDEST: Record<Provider, number> = { wasm: Infinity, webgpu: 8 };

export const onnxRuntime: readonly Entry[] = [
  { what: 'ort-wasm', make: (surroundings) => crossMamba('ort-wasm', 'wasm', surroundings) },
  {
    what: 'ort-webgpu',
    make(surroundings) {
      needGpu(surroundings);
      return crossMamba('ort-webgpu', 'webgpu', surroundings);
    },
  },
  ...([1, 4, 16] as const).map((seconds): Entry => {
    const what = `cross-attention-${seconds}s` as const;
    return { what, make: (surroundings) => crossAttention(what, seconds, surroundings) };
  }),
];

function crossMamba(what: What, provider: Provider, surroundings: Surroundings): Promise<Contestant> {
  const { model } = surroundings;
  const file = hopFile(model, mambaMixing(model), WIDEST[provider]);
  return contestant(what, provider, surroundings, {
    file,
    macs: multiplyAccumulates(model),
    detail: `the same model, ${file.operators} operators`,
  });
}

function crossAttention(what: What, seconds: number, surroundings: Surroundings): Promise<Contestant> {
  const { model } = surroundings;
  const context = Math.round((1000 * seconds) / hopMsOf(model));
  const file = hopFile(model, attentionMixing(model, context));
  return contestant(what, 'wasm', surroundings, {
    file,
    macs: multiplyAccumulates(model, { crossMamba: false }) + attentionMacs(model, context),
    detail: `${context} hops of keys and values, one head, random weights, ${file.operators} operators`,
  });
}

async function contestant(
  what: What,
  provider: Provider,
  { model, ort, fileBytes }: Surroundings,
  { file, macs, detail }: { file: GraphFile; macs: number; detail: string },
): Promise<Contestant> {
  const runtime = await ort(provider);
  const runner = async (graph: GraphFile): Promise<Runner> => {
    const { spectrum, estimate } = spectra(model);
    const step = await OnnxStep.create(runtime, provider, graph, model);
    step.setClue(someClue(model));
    return { run: () => step.step(spectrum, estimate), destroy: () => step.destroy() };
  };
  return {
    ...{ what, hopMs: hopMsOf(model), macs, bytes: file.bytes.length + fileBytes[RUNTIME[provider]], detail },
    ...(await runner(file)),
    beside: { feeds: await runner(feedsOnly(file)) },
  };
}
