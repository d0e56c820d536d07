// `crossmamba-web evaluate` on streams: figures against those of the kept estimates, and bad folders.
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSegments } from '../../cli/segments.ts';
import { WavFile } from '../../cli/wav-file.ts';
import { levelDb, siSdrDb } from '../../src/shared/metrics.ts';
import { random } from '../../src/shared/random.ts';
import { readWav, writeWav } from '../../src/shared/wav.ts';
import { noise } from './seeded.ts';
import { modelFiles, syntheticModel, TINY } from './synthetic-model.ts';

const RATE_HZ = 16_000;
const ROOT = path.resolve(import.meta.dirname, '../..');

let folder: string;

/** Syllables with a pitch, a stand-in for a voice. */
function voice(seconds: number, pitchHz: number): Float32Array {
  return Float32Array.from({ length: Math.round(seconds * RATE_HZ) }, (_, n) => {
    if ((n / RATE_HZ) % 0.25 > 0.18) return 0;
    let sum = 0;
    for (let k = 1; k <= 12; k++) sum += Math.sin((2 * Math.PI * k * pitchHz * n) / RATE_HZ) / k;
    return 0.1 * sum;
  });
}

interface Entry {
  readonly from_s: number;
  readonly to_s: number;
  readonly who: readonly string[];
}

const TURNS: readonly Entry[] = [
  { from_s: 0, to_s: 1.2, who: ['target'] },
  { from_s: 1.2, to_s: 2.4, who: ['other'] },
  { from_s: 2.4, to_s: 3.4, who: ['target', 'other'] },
  { from_s: 3.4, to_s: 4.4, who: [] },
  { from_s: 4.4, to_s: 5, who: ['other'] },
];

/** A stream in which two voices and a hiss follow the segments. */
function putStream(name: string, id: string, segments: readonly Entry[], seconds: number): void {
  const speaks = (who: string, n: number) =>
    segments.some((s) => s.from_s * RATE_HZ <= n && n < s.to_s * RATE_HZ && s.who.includes(who));
  const target = voice(seconds, 110).map((x, n) => (speaks('target', n) ? x : 0));
  const other = voice(seconds, 190).map((x, n) => (speaks('other', n) ? x : 0));
  const hiss = noise(target.length, 3, 0.002);
  const put = (part: string, samples: Float32Array) =>
    writeFileSync(path.join(folder, name, `${id}.${part}.wav`), writeWav(samples, RATE_HZ, 'float32'));
  put(
    'mixture',
    target.map((x, n) => x + other[n] + hiss[n]),
  );
  put('target', target);
  put('enrollment', voice(4, 110));
}

function putFolder(
  name: string,
  manifest: readonly (readonly [string, string])[],
  segments?: unknown,
): string {
  mkdirSync(path.join(folder, name), { recursive: true });
  const rows = manifest.map(([id, kind]) => `${id},${kind}`);
  writeFileSync(path.join(folder, name, 'manifest.csv'), ['id,kind', ...rows].join('\n'));
  if (segments !== undefined)
    writeFileSync(
      path.join(folder, name, 'segments.json'),
      JSON.stringify({ format_version: 1, streams: segments }),
    );
  return name;
}

async function evaluate(name: string, ...more: string[]) {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      path.join(ROOT, 'dist/cli.js'),
      'evaluate',
      '--cases',
      name,
      '--model',
      'model',
      '--backend',
      'wasm',
      ...more,
    ],
    { cwd: folder },
  );
  return stdout;
}

async function refusal(name: string): Promise<string> {
  return evaluate(name, '--json').then(
    () => 'nothing',
    (error: { stderr: string; stdout: string }) => error.stdout + error.stderr,
  );
}

function read(name: string): Float32Array {
  return readWav(readFileSync(path.join(folder, name)), name).channels[0];
}

beforeAll(() => {
  execFileSync(process.execPath, [path.join(ROOT, 'scripts/build-cli.js')], { cwd: ROOT });
  folder = mkdtempSync(path.join(tmpdir(), 'crossmamba-streams-'));
  const { configText, bytes } = modelFiles(syntheticModel(TINY));
  mkdirSync(path.join(folder, 'model'));
  writeFileSync(path.join(folder, 'model/config.json'), configText);
  writeFileSync(path.join(folder, 'model/model.safetensors'), bytes);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('streams', () => {
  it('of people who take turns are scored turn by turn', async () => {
    putFolder('talk', [['000-a', 'conversation-cross-sex']], { '000-a': TURNS });
    putStream('talk', '000-a', TURNS, 5);
    const { kinds, cases, by_sir } = JSON.parse(await evaluate('talk', '--json', '--out', 'kept'));
    const [one] = cases;
    expect(Object.keys(one)).toEqual([
      ...['id', 'kind', 'target', 'n', 'target_level_db', 'target_level_kept_share', 'target_onset_level_db'],
      ...['target_si_sdr_db', 'other_residual_db', 'other_onset_residual_db', 'both_si_sdri_db'],
      ...['both_level_db', 'pause_residual_db', 'pause_dbfs'],
    ]);
    expect(kinds['conversation-cross-sex']).toMatchObject({ n: 1, target_level_db: one.target_level_db });
    expect(by_sir).toEqual([]);
    expect(readdirSync(path.join(folder, 'kept'))).toEqual(['000-a.estimate.wav']);
    const [mixture, target, estimate] = [
      'talk/000-a.mixture.wav',
      'talk/000-a.target.wav',
      'kept/000-a.estimate.wav',
    ].map(read);
    expect(estimate.length).toBe(mixture.length);
    const of = (signal: Float32Array, ...ranges: (readonly [number, number])[]) =>
      Float32Array.from(ranges.flatMap(([a, b]) => [...signal.subarray(a * RATE_HZ, b * RATE_HZ)]));
    const alone = [0, 1.2] as const;
    expect(one.target_level_db).toBeCloseTo(levelDb(of(estimate, alone), of(target, alone)), 4);
    expect(one.target_level_kept_share).toBe(Math.abs(one.target_level_db) <= 1 ? 1 : 0);
    expect(one.target_si_sdr_db).toBeCloseTo(siSdrDb(of(estimate, alone), of(target, alone)), 4);
    const settled = [
      [1.7, 2.4],
      [4.9, 5],
    ] as const;
    expect(one.other_residual_db).toBeCloseTo(levelDb(of(estimate, ...settled), of(mixture, ...settled)), 4);
    const onsets = [
      [1.2, 1.7],
      [4.4, 4.9],
    ] as const;
    expect(one.other_onset_residual_db).toBeCloseTo(
      levelDb(of(estimate, ...onsets), of(mixture, ...onsets)),
      4,
    );
    const both = [2.4, 3.4] as const;
    const improved =
      siSdrDb(of(estimate, both), of(target, both)) - siSdrDb(of(mixture, both), of(target, both));
    expect(one.both_si_sdri_db).toBeCloseTo(improved, 4);
    const pause = [3.9, 4.4] as const;
    expect(one.pause_residual_db).toBeCloseTo(levelDb(of(estimate, pause), of(mixture, pause)), 4);
    const table = await evaluate('talk');
    expect(table).toMatch(/^kind +n +alone: level +within 1 dB/);
    expect(table).toMatch(/\nconversation-cross-sex +1 /);
  });

  it('of minutes are compared at their ends, the same whole as in pieces', async () => {
    putFolder('long', [['000-e', 'endurance']]);
    putStream('long', '000-e', [{ from_s: 0, to_s: 121, who: ['target', 'other'] }], 121);
    const [one] = JSON.parse(await evaluate('long', '--json', '--out', 'kept-long')).cases;
    const [mixture, target, estimate] = [
      'long/000-e.mixture.wav',
      'long/000-e.target.wav',
      'kept-long/000-e.estimate.wav',
    ].map(read);
    const improved = (from: number, to: number) => {
      const [m, t, e] = [mixture, target, estimate].map((x) => x.subarray(from * RATE_HZ, to * RATE_HZ));
      return siSdrDb(e, t) - siSdrDb(m, t);
    };
    expect(one.first_minute_si_sdri_db).toBeCloseTo(improved(0, 60), 4);
    expect(one.last_minute_si_sdri_db).toBeCloseTo(improved(61, 121), 4);
    expect(one.drift_db).toBeCloseTo(improved(61, 121) - improved(0, 60), 4);
    expect(one.minutes).toBeCloseTo(121 / 60, 9);
  });

  it('that begin with a pause are held against the same without it', async () => {
    const segments = [
      { from_s: 0, to_s: 1.5, who: [] },
      { from_s: 1.5, to_s: 4, who: ['target', 'other'] },
    ];
    putFolder('begin', [['000-s', 'start-noise']], { '000-s': segments });
    putStream('begin', '000-s', segments, 4);
    // The same from the end of the lead on, as a plain case.
    putFolder('cut', [['000-c', 'cross-sex']]);
    for (const part of ['mixture', 'target', 'enrollment']) {
      const samples = read(`begin/000-s.${part}.wav`);
      const kept = part === 'enrollment' ? samples : samples.subarray(1.5 * RATE_HZ);
      writeFileSync(path.join(folder, `cut/000-c.${part}.wav`), writeWav(kept, RATE_HZ, 'float32'));
    }
    const [one] = JSON.parse(await evaluate('begin', '--json')).cases;
    const [plain] = JSON.parse(await evaluate('cut', '--json')).cases;
    expect(one.fresh_si_sdri_db).toBeCloseTo(plain.si_sdri_db, 4);
    expect(one.cost_db).toBeCloseTo(one.fresh_si_sdri_db - one.si_sdri_db, 9);
    expect(one.lead_s).toBe(1.5);
  });

  it('at five input levels', async () => {
    putFolder('gain', [['000-g', 'gain']]);
    putStream('gain', '000-g', TURNS, 5);
    const [one] = JSON.parse(await evaluate('gain', '--json')).cases;
    const values = [-45, -35, -25, -15, -5].map((dbfs) => one[`si_sdri_db_at_${dbfs}_dbfs`]);
    for (const value of values) expect(value).toEqual(expect.any(Number));
    expect(one.worst_cost_db).toBeCloseTo(values[2] - Math.min(...values), 9);
  });
});

describe('a folder of streams that is not right', () => {
  beforeAll(() => {
    mkdirSync(path.join(folder, 'bad'), { recursive: true });
    putStream('bad', '000-a', TURNS, 5);
  });

  it.each<[string, [string, string][], unknown, RegExp]>([
    [
      'lacks its segments',
      [['000-a', 'conversation']],
      undefined,
      /stream 000-a: has no segments.*no stream at all.*evaluation\.md/,
    ],
    [
      'lacks those of one',
      [
        ['000-a', 'conversation'],
        ['001-b', 'start'],
      ],
      { '000-a': TURNS },
      /stream 001-b: has no segments.*streams 000-a/,
    ],
    [
      'has a kind that is unknown',
      [['000-a', 'debate']],
      { '000-a': TURNS },
      /unknown kind, expected conversation, .*, got debate/,
    ],
    [
      'names a stream that is not listed',
      [['000-a', 'gain']],
      { '009-z': TURNS },
      /009-z: names a stream that manifest\.csv lacks/,
    ],
    [
      'has segments that overlap',
      [['000-a', 'conversation']],
      { '000-a': [TURNS[0], { ...TURNS[1], from_s: 1 }] },
      /segment 1: overlaps .*at least 1\.2, got 1/,
    ],
    [
      'has segments beyond the end',
      [['000-a', 'conversation']],
      { '000-a': [{ ...TURNS[0], to_s: 5.1 }] },
      /segment 0: .*ends after the stream, expected to_s of at most 5, got 5\.1/,
    ],
    ['has no lead', [['000-a', 'start']], { '000-a': TURNS.slice(1) }, /stream 000-a: has no lead/],
    ['is too short', [['000-a', 'endurance']], undefined, /too short .*at least 2 minutes, got 5\.0 s/],
  ])('%s: a named error and no output', async (_, manifest, segments, message) => {
    rmSync(path.join(folder, 'bad/segments.json'), { force: true });
    putFolder('bad', manifest, segments);
    const said = await refusal('bad');
    expect(said).toMatch(/^InputError: /);
    expect(said).toMatch(message);
  });

  it.each<[string, number, number, RegExp]>([
    ['holds no sound', 0, RATE_HZ, /^InputError: odd\/000-a\.mixture\.wav: holds no sound/],
    [
      'has a rate that cannot be used',
      99,
      4000,
      /^AudioContextError: odd\/000-a\.mixture\.wav: .*got 4000 Hz\. Convert it/,
    ],
  ])('%s: the file is named', async (_, samples, rateHz, message) => {
    putFolder('odd', [['000-a', 'gain']]);
    putStream('odd', '000-a', TURNS, 5);
    writeFileSync(
      path.join(folder, 'odd/000-a.mixture.wav'),
      writeWav(new Float32Array(samples), rateHz, 'float32'),
    );
    expect(await refusal('odd')).toMatch(message);
  });

  it('holds an enrollment that cannot be used: the file is named', async () => {
    putFolder('odd', [['000-a', 'gain']]);
    putStream('odd', '000-a', TURNS, 5);
    writeFileSync(
      path.join(folder, 'odd/000-a.enrollment.wav'),
      writeWav(new Float32Array(4 * RATE_HZ), RATE_HZ, 'float32'),
    );
    expect(await refusal('odd')).toMatch(/^EnrollmentError: odd\/000-a\.enrollment\.wav: is silent/);
  });

  it.each<[string, RegExp]>([
    ['nothing', /is not JSON/],
    ['[]', /is not a list of segments.*got object/],
    ['{"format_version": 2, "streams": {}}', /expected \{"format_version": 1.*got format_version 2/],
    ['{"format_version": 1, "streams": {"a": 5}}', /stream a: has no list/],
    [
      '{"format_version": 1, "streams": {"a": [{"from_s": 2, "to_s": 2, "who": []}]}}',
      /segment 0: has no time/,
    ],
    [
      '{"format_version": 1, "streams": {"a": [{"from_s": 0, "to_s": 2, "who": ["me"]}]}}',
      /does not say who.*target, other, got \["me"\]/,
    ],
    ['{"format_version": 1, "streams": {"a": [{"from_s": 0, "to_s": 2}]}}', /does not say who.*got nothing/],
  ])('is refused: %s', (text, message) => {
    expect(() => parseSegments(text, 'segments.json')).toThrow(message);
  });
});

describe('a WAV that is read piece by piece', () => {
  it('is the same as read whole, from any place, with any channels', () => {
    const next = random(5);
    const left = Float32Array.from({ length: 1000 }, () => Math.fround(next() - 0.5));
    const stereo = Buffer.from(
      writeWav(
        Float32Array.from({ length: 2000 }, (_, n) => left[n >> 1] * (n % 2 ? 0.5 : 1)),
        RATE_HZ,
        'float32',
      ),
    );
    stereo.writeUInt16LE(2, 22);
    stereo.writeUInt32LE(RATE_HZ * 8, 28);
    stereo.writeUInt16LE(8, 32);
    const name = path.join(folder, 'stereo.wav');
    writeFileSync(name, stereo);
    const file = new WavFile(name);
    expect([file.samples, file.rateHz]).toEqual([1000, RATE_HZ]);
    const piece = new Float32Array(100);
    for (const start of [0, 333, 900]) {
      file.read(start, piece);
      piece.forEach((x, n) => expect(x).toBeCloseTo(0.75 * left[start + n], 6));
    }
    expect(() => file.read(901, piece)).toThrow(/stereo\.wav: ended while it was read/);
    file.close();
    expect(() => new WavFile(path.join(folder, 'none.wav'))).toThrow(/none\.wav: cannot be read.*ENOENT/);
    writeFileSync(name, 'no sound');
    expect(() => new WavFile(name)).toThrow(/is not a WAV file/);
  });
});
