// Reads segments.json of a folder of streams: who speaks when.
import { InputError } from '../src/shared/errors.ts';

export type Speaker = 'target' | 'other';

export interface Segment {
  readonly fromS: number;
  readonly toS: number;
  /** Nobody where it is empty: a pause, or noise alone. */
  readonly who: readonly Speaker[];
}

const FORMAT_VERSION = 1;
const SPEAKERS: readonly string[] = ['target', 'other'];
const FORMAT = `{"format_version": ${FORMAT_VERSION}, "streams": {"<id>": [{"from_s", "to_s", "who"}, …]}}`;

/** Segments by the stream's id, in order, none over another. Throws InputError that names stream and segment. */
export function parseSegments(text: string, where: string): ReadonlyMap<string, readonly Segment[]> {
  const content = parseJson(text, where);
  if (!isObject(content) || content.format_version !== FORMAT_VERSION || !isObject(content.streams))
    throw new InputError('is not a list of segments that is read', {
      where,
      expected: FORMAT,
      got: isObject(content)
        ? `format_version ${JSON.stringify(content.format_version)} and streams of type ${typeof content.streams}`
        : typeof content,
    });
  return new Map(
    Object.entries(content.streams).map(([id, list]) => [id, parseStream(list, `${where}, stream ${id}`)]),
  );
}

function parseStream(list: unknown, where: string): Segment[] {
  if (!Array.isArray(list))
    throw new InputError('has no list of segments', { where, expected: 'an array', got: typeof list });
  let end = 0;
  return list.map((entry: unknown, n) => {
    const segment = parseSegment(entry, `${where}, segment ${n}`);
    if (segment.fromS < end)
      throw new InputError('overlaps the segment before', {
        where: `${where}, segment ${n}`,
        expected: `from_s of at least ${end}`,
        got: `${segment.fromS}`,
        remedy: 'List segments in order; where two people speak at once, one segment names both.',
      });
    end = segment.toS;
    return segment;
  });
}

function parseSegment(entry: unknown, where: string): Segment {
  const { from_s, to_s, who } = isObject(entry) ? entry : {};
  if (typeof from_s !== 'number' || typeof to_s !== 'number' || !(0 <= from_s && from_s < to_s))
    throw new InputError('has no time', {
      where,
      expected: 'seconds with 0 ≤ from_s < to_s',
      got: `from_s ${JSON.stringify(from_s)}, to_s ${JSON.stringify(to_s)}`,
    });
  if (!Array.isArray(who) || !who.every((one) => SPEAKERS.includes(one)) || new Set(who).size !== who.length)
    throw new InputError('does not say who speaks', {
      where,
      expected: `"who": [], or some of ${SPEAKERS.join(', ')}`,
      got: JSON.stringify(who) ?? 'nothing',
    });
  return { fromS: from_s, toS: to_s, who };
}

/** Throws InputError where a segment ends after the stream. Half a sample of rounding is granted. */
export function checkWithin(
  segments: readonly Segment[],
  samples: number,
  rateHz: number,
  where: string,
): void {
  const beyond = segments.findIndex(({ toS }) => toS * rateHz > samples + 0.5);
  if (beyond < 0) return;
  throw new InputError('a segment ends after the stream', {
    where: `${where}, segment ${beyond}`,
    expected: `to_s of at most ${samples / rateHz}`,
    got: `${segments[beyond].toS}`,
    remedy: 'Make segments.json again from the streams that it stands beside.',
  });
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError('is not JSON', { where, expected: FORMAT, got: String(error) });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
