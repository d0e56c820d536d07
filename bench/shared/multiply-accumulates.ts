// How much a step computes and reads, from the shapes of its tensors.
import { expectedTensors } from '../../src/shared/model-tensors.ts';
import type { Model } from '../../src/shared/model.ts';

/** What depends on the clue alone is computed once, and not here. */
const CLUE = /^extractor\.(clue_|scale|shift)|\.clue\.weight$/;

/** Matrices and convolutions of a step. */
function matrices({ config }: Pick<Model, 'config'>): { name: string; values: number }[] {
  return [...expectedTensors(config)]
    .filter(([name, shape]) => name.startsWith('extractor.') && !CLUE.test(name) && shape.length === 2)
    .map(([name, shape]) => ({ name, values: shape[0] * shape[1] }));
}

/** Multiply-accumulates of one hop; three for every value of ssm_state. Without `crossMamba`, of all around it. */
export function multiplyAccumulates(model: Pick<Model, 'config'>, { crossMamba = true } = {}): number {
  const bands = model.config.band_edges.length - 1;
  return matrices(model).reduce((sum, { name, values }) => {
    if (!crossMamba && name.includes('.mamba.')) return sum;
    // The weights of the bands' CrossMamba serve every band.
    const times = /blocks\.\d+\.mamba\./.test(name) ? bands : 1;
    return sum + times * (name.endsWith('A_log') ? 3 : 1) * values;
  }, 0);
}

/** Weights that one hop reads. */
export function hopWeights(model: Pick<Model, 'config'>): number {
  return matrices(model).reduce((sum, { values }) => sum + values, 0);
}
