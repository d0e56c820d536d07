// The measurement in Node: prints its rows as JSON. Arguments: the model's folder, rounds.
import { folderSource } from '../cli/folder-source.ts';
import { loadModel } from '../src/worker/load-model.ts';
import { measureSteps } from './step-rows.ts';

const [folder, rounds] = process.argv.slice(2);
console.log(JSON.stringify(await measureSteps(await loadModel(folderSource(folder)), Number(rounds))));
