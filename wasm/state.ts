// The recurrent state in the kernels' memory, and as a snapshot that every backend reads.
import type { Snapshot } from '../src/shared/backend.ts';
import { InputError } from '../src/shared/errors.ts';
import { padded, type Arena } from './arena.ts';

/** In memory [sequences, padded channels / 4, stride, 4]; in a snapshot [sequences, channels, width]. */
export interface PlacedState {
  readonly address: number;
  readonly sequences: number;
  readonly channels: number;
  readonly width: number;
  /** `width`, rounded up to what the kernels want. */
  readonly stride: number;
}

export type States = Pick<Snapshot, 'conv_state' | 'ssm_state'>;
type PlacedStates = Readonly<Record<keyof States, readonly PlacedState[]>>;

const KINDS = ['conv_state', 'ssm_state'] as const;

/** Arrays as a snapshot has them: conv_state and ssm_state of every layer, in its order. */
export function readStates(arena: Arena, placed: PlacedStates): States {
  const read = (state: PlacedState) => {
    const values = new Float32Array(state.sequences * state.channels * state.width);
    const memory = view(arena, state);
    forEachValue(state, (at, n) => (values[n] = memory[at]));
    return values;
  };
  return { conv_state: placed.conv_state.map(read), ssm_state: placed.ssm_state.map(read) };
}

/** @throws InputError where the states are of a model of another size; memory is then as before. */
export function writeStates(arena: Arena, placed: PlacedStates, states: States): void {
  for (const kind of KINDS) {
    const expected = placed[kind].map((state) => state.sequences * state.channels * state.width).join(', ');
    const got = states[kind].map((values) => values.length).join(', ');
    if (got !== expected)
      throw new InputError('is of a model of another size', { where: `snapshot, ${kind}`, expected, got });
  }
  for (const kind of KINDS)
    placed[kind].forEach((state, layer) => {
      const memory = view(arena, state);
      const values = states[kind][layer];
      forEachValue(state, (at, n) => (memory[at] = values[n]));
    });
}

export function clearStates(arena: Arena, placed: PlacedStates): void {
  for (const kind of KINDS) for (const state of placed[kind]) view(arena, state).fill(0);
}

function view(arena: Arena, { address, sequences, channels, stride }: PlacedState): Float32Array {
  return arena.view(address, sequences * padded(channels) * stride);
}

/** Every value: its place in memory and its place in a snapshot. */
function forEachValue(
  { sequences, channels, width, stride }: PlacedState,
  visit: (at: number, n: number) => void,
): void {
  const quads = padded(channels) / 4;
  for (let s = 0; s < sequences; s++)
    for (let i = 0; i < channels; i++)
      for (let t = 0; t < width; t++)
        visit(((s * quads + Math.floor(i / 4)) * stride + t) * 4 + (i % 4), (s * channels + i) * width + t);
}
