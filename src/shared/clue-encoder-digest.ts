// Which clue encoder a model holds: a digest that stays the same while only the extractor changes. Told in docs/model-format.md.
import { encodeUtf8, sha256Hex } from './platform.ts';
import type { StoredTensor } from './safetensors.ts';

const PREFIX = 'clue_encoder.';

/** Hex digest of the clue encoder's tensors, or undefined where the page is no secure context and so has no digests. */
export function clueEncoderDigest(tensors: ReadonlyMap<string, StoredTensor>): Promise<string | undefined> {
  const parts = [...tensors]
    .filter(([name]) => name.startsWith(PREFIX))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, { dtype, shape, bytes }]) => [
      encodeUtf8(`${name} ${dtype} [${shape.join(', ')}]\n`),
      bytes,
    ]);
  // The platform's digest takes one piece: this is the only copy.
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return sha256Hex(all);
}
