// The kinds of stream that `evaluate` knows.
import { conversation } from './conversation.ts';
import { endurance } from './endurance.ts';
import { gain } from './gain.ts';
import type { StreamKind } from './measure.ts';
import { start } from './start.ts';

export const STREAM_KINDS: readonly StreamKind[] = [conversation, endurance, start, gain];

/** `conversation`, `conversation-same-sex`, … → conversation; undefined for the kinds of plain cases. */
export function streamKindOf(kind: string): StreamKind | undefined {
  return STREAM_KINDS.find(({ name }) => kind === name || kind.startsWith(`${name}-`));
}
