// The worker's entry: the real parts, served to the page by Comlink.
import { expose, transferHandlers } from 'comlink';
import { checkEnrollment } from '../shared/enrollment.ts';
import { namedErrors } from '../shared/protocol-errors.ts';
import { WorkerCore } from './api.ts';
import { encodeClue } from './clue-encoder.ts';
import { createBackend } from './create-backend.ts';
import { Engine } from './engine.ts';
import { loadModel } from './load-model.ts';

transferHandlers.set('throw', namedErrors(transferHandlers.get('throw')!));
expose(
  new WorkerCore({
    loadModel,
    createBackend,
    createEngine: (backend, model) => new Engine(backend, model),
    checkEnrollment,
    encodeClue,
  }),
);
