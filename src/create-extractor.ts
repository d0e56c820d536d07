// From options to an extractor that is loaded: a worker with the model, a context with the processor.
import { proxy } from 'comlink';
import { closeContext, createContext } from './audio-context.ts';
import { checkTransport, loadProcessor } from './audio-graph.ts';
import { defaultModel, defaultWorker } from './default-parts.ts';
import { Extractor } from './extractor.ts';
import { checkMissedPolicy } from './missed-policy.ts';
import type { ExtractorOptions } from './options.ts';
import { checkRate } from './shared/audio-constants.ts';
import { slackSamples } from './slack.ts';
import { checkStrength } from './strength.ts';
import { WorkerConnection } from './worker-connection.ts';

/** Where the device itself has a rate out of range. */
const OWN_RATE = 'Give createExtractor a rate, as in { rateHz: 48000 }; the browser resamples then';

/**
 * Starts a worker, loads the model into it and the processor into the context.
 * Rejects with ModelFileError, WebGpuUnavailableError, WasmUnavailableError, AudioContextError (also where there is no browser),
 * InputError or the signal's reason; nothing stays behind then.
 */
export async function createExtractor(options: ExtractorOptions = {}): Promise<Extractor> {
  const { signal } = options;
  signal?.throwIfAborted();
  checkStrength(options.strength ?? 1);
  if (options.missedPolicy !== undefined) checkMissedPolicy(options.missedPolicy);
  if (options.transport !== undefined) checkTransport(options.transport);
  const context = options.context ?? createContext(options.latencyHint, options.rateHz);
  let connection: WorkerConnection | undefined;
  const abort = () => connection?.terminate(signal!.reason);
  try {
    checkRate(context.sampleRate, 'AudioContext', options.context === undefined ? OWN_RATE : undefined);
    slackSamples(options.slackMs, context.sampleRate);
    connection = new WorkerConnection((options.createWorker ?? defaultWorker)());
    signal?.addEventListener('abort', abort);
    const [report] = await Promise.all([load(connection, options), loadProcessor(context)]);
    signal?.throwIfAborted();
    const extractor = new Extractor(options, context, connection, report);
    await connection.ask((api) => api.listen(proxy((event) => extractor.receive(event))));
    return extractor;
  } catch (error) {
    connection?.terminate(error);
    if (options.context === undefined) await closeContext(context);
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

function load(
  connection: WorkerConnection,
  { modelUrl, backend = 'auto', cache = true, adaptation = true, onProgress }: ExtractorOptions,
) {
  const address = modelUrl === undefined ? defaultModel() : new URL(modelUrl, document.baseURI).href;
  return connection.askWithProgress(onProgress, (api, told) =>
    api.load(address, backend, { cache, adaptation }, told),
  );
}
