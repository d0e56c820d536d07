// How much a step computes, from the shapes of its tensors.
import { expectedTensors } from '../src/shared/model-tensors.ts';
import type { Model } from '../src/shared/model.ts';

/** What depends on the clue alone is computed once, and not here. */
const CLUE = /^extractor\.(clue_|scale|shift)|\.clue\.weight$/;

/** Multiply-accumulates of one hop: matrices and convolutions, and three for every value of ssm_state. */
export function multiplyAccumulates({ config }: Pick<Model, 'config'>): number {
  const bands = config.band_edges.length - 1;
  let sum = 0;
  for (const [name, shape] of expectedTensors(config)) {
    if (!name.startsWith('extractor.') || CLUE.test(name) || shape.length !== 2) continue;
    // The weights of the bands' CrossMamba serve every band.
    const times = /blocks\.\d+\.mamba\./.test(name) ? bands : 1;
    sum += times * (name.endsWith('A_log') ? 3 : 1) * shape[0] * shape[1];
  }
  return sum;
}
