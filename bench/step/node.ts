// The measurement in Node: prints its rows as JSON. Argument: what bench/step.js hands over, as JSON.
import { folderSource } from '../../cli/folder-source.ts';
import { loadModel } from '../../src/worker/load-model.ts';
import { measureSteps } from './rows.ts';

const { model, rounds } = JSON.parse(process.argv[2]);
const rows = await measureSteps(await loadModel(folderSource(model)), rounds);
console.log(JSON.stringify({ rows }));
