// The worker's entry: the real parts, served to the page by Comlink.
import { expose, transferHandlers } from 'comlink';
import { namedErrors } from '../shared/protocol-errors.ts';
import { WorkerCore } from './api.ts';
import { loadCachedModel } from './cached-model.ts';
import { createClueNetwork } from './clue-network.ts';
import { createBackend, createStandby } from './create-backend.ts';
import { checkInSlices, encodeInSlices, prepareEncoder } from './enroll.ts';
import { idbVerdicts } from './verdict-store.ts';

transferHandlers.set('throw', namedErrors(transferHandlers.get('throw')!));
expose(
  new WorkerCore({
    async loadModel(address, options) {
      const loaded = await loadCachedModel(address, options);
      await prepareEncoder(loaded.model);
      return loaded;
    },
    createBackend: (choice, model, options) =>
      createBackend(choice, model, { ...options, verdicts: idbVerdicts() }),
    createStandby,
    checkEnrollment: checkInSlices,
    encodeClue: encodeInSlices,
    createClueNetwork,
  }),
);
