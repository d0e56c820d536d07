// The worker's entry: the real parts, served to the page by Comlink.
import { expose, transferHandlers } from 'comlink';
import { namedErrors } from '../shared/protocol-errors.ts';
import { WorkerCore } from './api.ts';
import { loadCachedModel } from './cached-model.ts';
import { createBackend, createStandby } from './create-backend.ts';
import { checkInSlices, encodeInSlices } from './enroll.ts';
import { idbVerdicts } from './verdict-store.ts';

transferHandlers.set('throw', namedErrors(transferHandlers.get('throw')!));
expose(
  new WorkerCore({
    loadModel: loadCachedModel,
    createBackend: (choice, model, options) =>
      createBackend(choice, model, { ...options, verdicts: idbVerdicts() }),
    createStandby,
    checkEnrollment: checkInSlices,
    encodeClue: encodeInSlices,
  }),
);
