// A graph that takes and gives what another does, and computes nothing: what handing tensors over costs by itself.
import { GraphBuilder, type GraphFile } from './graph.ts';

const NEXT = /^next_/;

/** States are handed through; other outputs are zeros. */
export function feedsOnly({ inputs, outputs }: GraphFile): GraphFile {
  const graph = new GraphBuilder();
  for (const [name, shape] of inputs) graph.input(name, shape);
  for (const [name, shape] of outputs) {
    const state = name.replace(NEXT, '');
    const zeros = () =>
      graph.constant(new Float32Array(shape.reduce((product, size) => product * size)), shape);
    const value = NEXT.test(name) && inputs.has(state) ? state : zeros();
    graph.output(name, graph.node('Identity', [value]), shape);
  }
  return graph.file('feeds');
}
