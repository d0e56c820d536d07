// The measurement in a browser's worker.
import { loadModel } from '../../src/worker/load-model.ts';
import { measureSteps } from './rows.ts';

addEventListener('message', async ({ data: { modelUrl, rounds } }) => {
  try {
    postMessage({ rows: await measureSteps(await loadModel(modelUrl), rounds) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
});
