// The sound of the end-to-end test: a real mixture where the data lies beside the repository, else the demonstration's.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './server.ts';

export interface Case {
  readonly name: string;
  readonly mixture: string;
  readonly enrollment: string;
}

const REAL = path.join(ROOT, '../shared/data/test-cases');
const DEMO = path.join(ROOT, 'public/demo');

export function chooseCase(id = '000-cross-sex'): Case {
  const mixture = path.join(REAL, `${id}.mixture.wav`);
  if (existsSync(mixture))
    return { name: `test case ${id}`, mixture, enrollment: path.join(REAL, `${id}.enrollment.wav`) };
  return {
    name: 'the demonstration (the recorded test cases are not here: skipped)',
    mixture: path.join(DEMO, 'mixture.wav'),
    enrollment: path.join(DEMO, 'enrollment.wav'),
  };
}
