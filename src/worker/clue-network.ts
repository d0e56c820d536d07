// The clue encoder's network wherever it runs here: WebAssembly, else the reference.
import { WasmUnavailableError } from '../shared/errors.ts';
import type { Model } from '../shared/model.ts';
import { WasmClueNetwork } from '../../wasm/clue-network.ts';
import { ReferenceClueNetwork, type ClueNetwork } from './clue-encoder.ts';

/** Makes one that serves nobody else. Takes longer than a hop may wait: before anything is live. Rejects with ModelFileError. */
export async function createClueNetwork(model: Model): Promise<ClueNetwork> {
  try {
    return await WasmClueNetwork.create(model);
  } catch (error) {
    if (error instanceof WasmUnavailableError) return new ReferenceClueNetwork(model);
    throw error;
  }
}
