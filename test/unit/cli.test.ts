// The command line as it is shipped: dist/cli.js on files, with a synthetic model.
import { execFile, execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readRecording, writeEstimate } from '../../cli/files.ts';
import { WavFileWriter } from '../../cli/wav-file-writer.ts';
import { parseCsv, parseManifest } from '../../cli/manifest.ts';
import { InputError } from '../../src/shared/errors.ts';
import { random } from '../../src/shared/random.ts';
import { resample } from '../../src/shared/resampling.ts';
import { readWav, writeWav } from '../../src/shared/wav.ts';
import { report } from '../report.ts';
import { noise, syllables } from './seeded.ts';
import { modelFiles, syntheticModel, TINY } from './synthetic-model.ts';

/** Rounding to 16 bits, and f32 sums in another order. */
const GPU_STEPS = 2;
const ROOT = path.resolve(import.meta.dirname, '../..');
const SCORES = [
  ...['n', 'si_sdr_mixture_db', 'si_sdr_estimate_db', 'si_sdri_db'],
  ...['negative_share', 'log_rms_ratio_db', 'residual_db', 'sir_db', 'estoi_mixture', 'estoi_estimate'],
  ...['confused_share', 'over_suppressed_share'],
];
let folder: string;
const file = (name: string) => path.join(folder, name);

/** Syllables of noise, a stand-in for a voice. */
function babble(seconds: number, rateHz: number, seed: number): Float32Array {
  const next = random(seed);
  return Float32Array.from({ length: Math.round(seconds * rateHz) }, (_, n) =>
    (n / rateHz + seed / 7) % 0.25 < 0.18 ? 0.2 * (next() + next() - 1) : 0,
  );
}

/** Syllables with a pitch, a stand-in for an enrollment. */
function spoken(seconds: number, rateHz: number, seed: number): Float32Array {
  const pitchHz = 110 + ((13 * seed) % 90);
  return Float32Array.from({ length: Math.round(seconds * rateHz) }, (_, n) => {
    if ((n / rateHz) % 0.25 > 0.18) return 0;
    let sum = 0;
    for (let k = 1; k <= 12; k++) sum += Math.sin((2 * Math.PI * k * pitchHz * n) / rateHz) / k;
    return 0.1 * sum;
  });
}

function putWav(
  name: string,
  samples: Float32Array,
  rateHz = 16000,
  encoding: 'pcm16' | 'float32' = 'pcm16',
): string {
  writeFileSync(file(name), writeWav(samples, rateHz, encoding));
  return file(name);
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command from another folder, as a user would. */
function cli(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [path.join(ROOT, 'dist/cli.js'), ...args],
      { cwd: folder },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

const extract = (mixture: string, enrollment: string, out: string, ...more: string[]) =>
  cli(
    'extract',
    '--mixture',
    mixture,
    '--enrollment',
    enrollment,
    '--out',
    out,
    '--model',
    file('model'),
    ...more,
  );

beforeAll(() => {
  execFileSync(process.execPath, [path.join(ROOT, 'scripts/build-cli.js')], { cwd: ROOT });
  folder = mkdtempSync(path.join(tmpdir(), 'crossmamba-cli-'));
  const { configText, bytes } = modelFiles(syntheticModel(TINY));
  mkdirSync(file('model'));
  writeFileSync(file('model/config.json'), configText);
  writeFileSync(file('model/model.safetensors'), bytes);
  putWav('mixture.wav', babble(1.5, 16000, 1));
  putWav('enrollment.wav', syllables(4, 16000));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('crossmamba-web extract', () => {
  it('prints one JSON object and writes an estimate of the same rate and length', async () => {
    const { code, stdout, stderr } = await extract('mixture.wav', 'enrollment.wav', 'deep/out.wav', '--json');
    expect([code, stderr]).toEqual([0, '']);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      model: 'synthetic',
      backend: 'wasm',
      sample_rate: 16000,
      samples: 24000,
    });
    expect(result.real_time_factor).toBeGreaterThan(0);
    expect(result.enrollment.voiced_s).toBeGreaterThan(2);
    const written = readWav(readFileSync(file('deep/out.wav')), '');
    expect([written.rateHz, written.encoding, written.channels[0].length]).toEqual([16000, 'pcm16', 24000]);
    expect(readdirSync(file('deep'))).toEqual(['out.wav']);
  });

  it('lets the clue follow the mixture, unless told not to', async () => {
    putWav('long.wav', syllables(10, 16000));
    const [followed, enrolled] = await Promise.all(
      [[], ['--no-adaptation']].map(async (more, n) => {
        const files = ['long.wav', 'enrollment.wav', `${n}.wav`] as const;
        const { stdout } = await extract(...files, '--json', '--no-hear-first', ...more);
        expect(JSON.parse(stdout)).toMatchObject({ adaptation: n === 0, hear_first: false });
        return readWav(readFileSync(file(`${n}.wav`)), '').channels[0];
      }),
    );
    const differs = (from: number, to: number) =>
      followed.subarray(from, to).some((x, n) => x !== enrolled[from + n]);
    // The first half second has the clue of the enrollment.
    expect(differs(0, 8000)).toBe(false);
    expect(differs(8000, 160_000)).toBe(true);
  });

  it('takes several enrollments of the voice', async () => {
    putWav('second.wav', spoken(5, 16000, 3));
    const only = async (...names: string[]) => {
      const out = `${names.length}-${names[0]}`;
      const { stdout } = await cli(
        ...['extract', '--mixture', 'mixture.wav', '--enrollment', ...names],
        ...['--out', out, '--model', file('model'), '--json'],
      );
      return { ...JSON.parse(stdout).enrollment, samples: readWav(readFileSync(file(out)), '').channels[0] };
    };
    const first = await only('enrollment.wav');
    const second = await only('second.wav');
    const both = await only('enrollment.wav', 'second.wav');
    expect([first.takes, both.takes]).toEqual([1, 2]);
    expect(both.duration_s).toBeCloseTo(first.duration_s + second.duration_s, 9);
    for (const { samples } of [first, second]) expect(both.samples).not.toEqual(samples);
    const missing = await extract('mixture.wav', 'enrollment.wav', 'never.wav', '--enrollment', 'no.wav');
    expect([missing.code, missing.stderr]).toEqual([
      1,
      expect.stringMatching(/^InputError: no\.wav: cannot be read/),
    ]);
  });

  it.each([8000, 22050, 44100, 48000])(
    'takes a mixture at %i Hz, aligned with that at 16 kHz',
    async (rateHz) => {
      const at16 = babble(1.5, 16000, 1);
      // A smooth mixture: what the rates keep of it is the same, and the comparison is about time.
      const smooth = at16.map(
        (_, n) => at16.subarray(Math.max(0, n - 15), n + 1).reduce((a, b) => a + b, 0) / 8,
      );
      putWav('smooth-16000.wav', smooth, 16000, 'float32');
      putWav(`smooth-${rateHz}.wav`, resample(smooth, 16000, rateHz), rateHz, 'float32');
      await extract('smooth-16000.wav', 'enrollment.wav', 'at-16.wav', '--backend', 'reference');
      await extract(`smooth-${rateHz}.wav`, 'enrollment.wav', 'at-other.wav', '--backend', 'reference');
      const expected = readWav(readFileSync(file('at-16.wav')), '').channels[0];
      const other = readWav(readFileSync(file('at-other.wav')), '');
      expect(other.rateHz).toBe(rateHz);
      expect(other.encoding).toBe('float32');
      expect(other.channels[0].length).toBe(Math.ceil(1.5 * rateHz));
      const back = resample(other.channels[0], rateHz, 16000);
      const correlation = (shift: number) => {
        let sum = 0;
        for (let n = 100; n < 23900; n++) sum += expected[n] * back[n + shift];
        return sum;
      };
      const shifts = Array.from({ length: 41 }, (_, n) => n - 20);
      expect(shifts.reduce((best, shift) => (correlation(shift) > correlation(best) ? shift : best))).toBe(0);
    },
  );

  it('takes stereo as the mean of its channels', async () => {
    const mono = babble(1, 16000, 3);
    putWav('mono.wav', mono, 16000, 'float32');
    const stereo = Buffer.from(
      writeWav(
        Float32Array.from({ length: 32000 }, (_, n) => mono[n >> 1] * (n % 2 ? 1.5 : 0.5)),
        16000,
        'float32',
      ),
    );
    stereo.writeUInt16LE(2, 22);
    stereo.writeUInt32LE(16000 * 8, 28);
    stereo.writeUInt16LE(8, 32);
    writeFileSync(file('stereo.wav'), stereo);
    await extract('mono.wav', 'enrollment.wav', 'from-mono.wav');
    await extract('stereo.wav', 'enrollment.wav', 'from-stereo.wav');
    const read = (name: string) => readWav(readFileSync(file(name)), '').channels[0];
    const [expected, got] = [read('from-mono.wav'), read('from-stereo.wav')];
    expect(got.length).toBe(16000);
    const worst = expected.reduce((max, x, n) => Math.max(max, Math.abs(x - got[n])), 0);
    expect(worst).toBeLessThan(1e-4);
  });

  it('makes 0 of NaN in a mixture and says how many there were', async () => {
    const spoiled = babble(1, 16000, 4);
    spoiled.set([NaN, Infinity], 5000);
    putWav('nan.wav', spoiled, 16000, 'float32');
    const { stdout } = await extract('nan.wav', 'enrollment.wav', 'nan-out.wav', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ non_finite_samples: 2, recoveries: 0 });
    expect(readWav(readFileSync(file('nan-out.wav')), '').channels[0].every(Number.isFinite)).toBe(true);
  });

  it('says the same on WebGPU', async () => {
    const onGpu = await extract('mixture.wav', 'enrollment.wav', 'gpu.wav', '--backend', 'webgpu', '--json');
    if (onGpu.code !== 0) {
      // A machine without Vulkan has a line of its driver's before it.
      expect(onGpu.stderr).toMatch(
        /^WebGpuUnavailableError: .*(there is no WebGPU in Node|no adapter|no device was given)/m,
      );
      report(`skipped, the command line on WebGPU: ${onGpu.stderr.trim()}`);
      return;
    }
    expect(JSON.parse(onGpu.stdout).backend).toBe('webgpu');
    await extract('mixture.wav', 'enrollment.wav', 'cpu.wav', '--backend', 'reference');
    const read = (name: string) => readWav(readFileSync(file(name)), '').channels[0];
    const [gpu, cpu] = [read('gpu.wav'), read('cpu.wav')];
    const steps = gpu.reduce((max, x, n) => Math.max(max, Math.abs(x - cpu[n]) * 32768), 0);
    report(`the command line on WebGPU against the reference: at most ${steps} steps of 16 bits apart`);
    expect(steps).toBeLessThanOrEqual(GPU_STEPS);
  });

  it('prints a table without --json', async () => {
    const { code, stdout } = await extract('mixture.wav', 'enrollment.wav', 'table.wav');
    expect(code).toBe(0);
    expect(stdout).toMatch(/real-time factor\n─+\ntable.wav +1.50 +16000/);
  });

  it.each<[string, () => [string, string], RegExp]>([
    [
      'a mixture that is no WAV',
      () => [file('model/config.json'), 'enrollment.wav'],
      /^WavError: .*is not a WAV file/,
    ],
    [
      'a mixture that is not there',
      () => ['none.wav', 'enrollment.wav'],
      /^InputError: none.wav: cannot be read, got ENOENT/,
    ],
    [
      'a mixture of length 0',
      () => [putWav('e.wav', new Float32Array(0)), 'enrollment.wav'],
      /^InputError: \/.*\/e\.wav: holds no sound/,
    ],
    [
      'a mixture at 4 kHz',
      () => [putWav('4k.wav', noise(99, 1), 4000), 'enrollment.wav'],
      /^AudioContextError: \/.*\/4k\.wav: .*got 4000 Hz\. Convert it to a rate from 8 to 192 kHz\n$/,
    ],
    [
      'a short enrollment',
      () => ['mixture.wav', putWav('s.wav', babble(1, 16000, 1))],
      /^EnrollmentError: \/.*\/s\.wav: is too short/,
    ],
    [
      'a silent enrollment',
      () => ['mixture.wav', putWav('q.wav', new Float32Array(64000))],
      /^EnrollmentError: \/.*\/q\.wav: is silent, .*\. Give another recording/,
    ],
    [
      'a clipped enrollment',
      () => [
        'mixture.wav',
        putWav(
          'c.wav',
          babble(4, 16000, 1).map((x) => 20 * x),
        ),
      ],
      /^EnrollmentError: \/.*\/c\.wav: is clipped/,
    ],
  ])('refuses %s: a named error, exit code 1, nothing written', async (_, files, message) => {
    const { code, stdout, stderr } = await extract(...files(), 'never.wav', '--json');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
    expect(existsSync(file('never.wav'))).toBe(false);
  });

  it('says which of several enrollments cannot be used', async () => {
    putWav('silent.wav', new Float32Array(64000));
    const { code, stderr } = await extract(
      ...(['mixture.wav', 'enrollment.wav', 'never.wav', '--enrollment', 'silent.wav'] as const),
    );
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^EnrollmentError: silent\.wav: is silent/m)]);
  });

  it('leaves the inputs alone', async () => {
    const before = readFileSync(file('mixture.wav'));
    const { code, stderr } = await extract('mixture.wav', 'enrollment.wav', './mixture.wav');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/would overwrite its own input/)]);
    expect(readFileSync(file('mixture.wav'))).toEqual(before);
  });

  it.each<[string, string, RegExp]>([
    ['inside of a file', 'mixture.wav/x.wav', /^InputError: mixture\.wav\/x\.wav: cannot be written, got E/],
    ['that is a folder', 'model', /^InputError: model: is a folder/],
    ['in a folder that is none yet', 'none/', /^InputError: none\/: cannot be written, got ENOENT/],
  ])('refuses an --out %s before there is a model', async (_, out, message) => {
    const { code, stderr } = await extract('mixture.wav', 'enrollment.wav', out, '--model', 'nowhere');
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(readdirSync(folder, { recursive: true }).filter((name) => /part$/.test(`${name}`))).toEqual([]);
  });

  it('leaves nothing behind of what was not finished', async () => {
    const parts = () => readdirSync(folder).filter((name) => name.startsWith('unfinished'));
    const format = { samples: 1000, rateHz: 16_000, encoding: 'pcm16' } as const;
    const writer = await WavFileWriter.create(file('unfinished.wav'), format);
    await writer.write(noise(500, 1));
    expect(parts()).toEqual([expect.stringMatching(/\.part$/)]);
    await writer.abandon();
    expect(parts()).toEqual([]);
    await expect(
      WavFileWriter.create(file('unfinished.wav'), { ...format, samples: 2 ** 31 }),
    ).rejects.toThrow(/too long for a WAV file/);
    expect(parts()).toEqual([]);
  });

  it('tells by a named error what it could not write', async () => {
    const mixture = await readRecording(file('mixture.wav'));
    const written = writeEstimate(file('mixture.wav/x.wav'), mixture.samples, mixture);
    await expect(written).rejects.toThrow(InputError);
  });

  it('names what is wrong with a model', async () => {
    mkdirSync(file('cut'), { recursive: true });
    writeFileSync(file('cut/config.json'), readFileSync(file('model/config.json')));
    writeFileSync(
      file('cut/model.safetensors'),
      readFileSync(file('model/model.safetensors')).subarray(0, 5000),
    );
    const cut = await extract('mixture.wav', 'enrollment.wav', 'never.wav', '--model', 'cut');
    expect([cut.code, cut.stderr]).toEqual([
      1,
      expect.stringMatching(/^ModelFileError: .*cut short.*got 5000/),
    ]);
    const none = await extract('mixture.wav', 'enrollment.wav', 'never.wav', '--model', 'nowhere');
    expect([none.code, none.stderr]).toEqual([
      1,
      expect.stringMatching(/^ModelFileError: .*ENOENT.*--model/),
    ]);
  });

  it('tells wrong usage with exit code 2', async () => {
    for (const args of [
      ['extract'],
      ['extract', '--backend', 'cuda'],
      ['enlarge'],
      ['evaluate', '--case', 'x'],
    ]) {
      const { code, stdout, stderr } = await cli(...args);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).not.toBe('');
    }
    expect((await cli('--help')).code).toBe(0);
    expect((await cli('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('crossmamba-web evaluate', () => {
  beforeAll(() => {
    mkdirSync(file('cases'));
    const rows = [
      'id,kind,target,note',
      ...['000-a,cross-sex,ada,"two, of them"', '001-b,cross-sex,ben,', '002-c,absent,ada,'],
    ];
    writeFileSync(file('cases/manifest.csv'), rows.join('\r\n'));
    for (const [n, id] of ['000-a', '001-b', '002-c'].entries()) {
      const [voice, other] = [babble(1, 16000, 10 + n), babble(1, 16000, 20 + n)];
      const target = id === '002-c' ? new Float32Array(16000) : voice;
      putWav(`cases/${id}.target.wav`, target);
      putWav(
        `cases/${id}.mixture.wav`,
        other.map((x, i) => x + target[i]),
      );
      putWav(`cases/${id}.enrollment.wav`, spoken(4, 16000, 30 + n));
    }
  });
  const evaluate = (...more: string[]) =>
    cli('evaluate', '--cases', 'cases', '--model', file('model'), ...more);

  it('scores every case and kind as one JSON object, and keeps the estimates', async () => {
    const { code, stdout, stderr } = await evaluate('--out', 'kept', '--json');
    expect([code, stderr]).toEqual([0, '']);
    const result = JSON.parse(stdout);
    expect(Object.keys(result)).toEqual([
      ...['model', 'backend', 'adaptation', 'hear_first', 'real_time_factor'],
      ...['kinds', 'cases', 'failed', 'by_sir'],
    ]);
    expect(Object.keys(result.kinds)).toEqual(['cross-sex', 'absent']);
    for (const scores of Object.values(result.kinds))
      expect(Object.keys(scores as object)).toEqual(['n', 'people', ...SCORES.slice(1), 'intervals']);
    for (const one of result.cases) expect(Object.keys(one)).toEqual(['id', 'kind', 'target', ...SCORES]);
    const [a, b, absent] = result.cases;
    const kind = result.kinds['cross-sex'];
    expect([kind.n, kind.people, absent.target]).toEqual([2, 2, 'ada']);
    expect(kind.intervals.si_sdri_db).toEqual([a.si_sdri_db, b.si_sdri_db].sort((x, y) => x - y));
    expect(
      result.by_sir.map((bucket: { n: number }) => bucket.n).reduce((x: number, y: number) => x + y),
    ).toBe(2);
    expect(kind.si_sdri_db).toBeCloseTo((a.si_sdri_db + b.si_sdri_db) / 2, 9);
    expect(a.si_sdri_db).toBeCloseTo(a.si_sdr_estimate_db - a.si_sdr_mixture_db, 9);
    expect(Math.abs(a.si_sdr_mixture_db)).toBeLessThan(1.5);
    for (const name of SCORES) if (name !== 'n' && name !== 'residual_db') expect(absent[name]).toBeNull();
    expect(absent.residual_db).toEqual(expect.any(Number));
    expect(readdirSync(file('kept')).sort()).toEqual(
      ['000-a', '001-b', '002-c'].map((id) => `${id}.estimate.wav`),
    );
    const recording = ['cases/001-b.mixture.wav', 'cases/001-b.enrollment.wav'] as const;
    await extract(...recording, 'alone.wav', '--no-hear-first');
    expect(readFileSync(file('kept/001-b.estimate.wav'))).toEqual(readFileSync(file('alone.wav')));
    // A file's beginning can be heard before, which extract does.
    await extract(...recording, 'heard-first.wav');
    await evaluate('--out', 'kept', '--hear-first');
    expect(readFileSync(file('kept/001-b.estimate.wav'))).toEqual(readFileSync(file('heard-first.wav')));
    expect(readFileSync(file('heard-first.wav'))).not.toEqual(readFileSync(file('alone.wav')));
  });

  it('refuses an --out that is a file before there is a model', async () => {
    const { code, stderr } = await evaluate('--kind', 'absent', '--out', 'mixture.wav', '--model', 'nowhere');
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^InputError: mixture\.wav\/002-c\.estimate\.wav: cannot be written, got E/),
    ]);
  });

  it('prints a table without --json', async () => {
    const { stdout } = await evaluate();
    expect(stdout).toMatch(/^kind +n +SI-SDR mixture/);
    expect(stdout).toMatch(/\nabsent +1 +– +– +– +– +– +– +– +– +-?\d+\.\d\n/);
    expect(stdout).toMatch(/\ntarget \/ rest, dB +n +SI-SDR mixture/);
  });

  it('uses every take of a voice that is beside a case, or as many as are asked for', async () => {
    const residual = async (...more: string[]) => {
      const { stdout } = await evaluate('--kind', 'absent', '--json', ...more);
      return JSON.parse(stdout).cases[0].residual_db as number;
    };
    const one = await residual();
    putWav('cases/002-c.enrollment-2.wav', spoken(5, 16000, 3));
    putWav('cases/002-c.enrollment-4.wav', spoken(5, 16000, 4));
    const two = await residual();
    expect(two).not.toBe(one);
    expect(await residual('--takes', '1')).toBe(one);
    expect(await residual('--takes', '3')).toBe(two);
    putWav('cases/002-c.enrollment-3.wav', spoken(5, 16000, 5));
    expect(await residual()).not.toBe(two);
    for (const n of [2, 3, 4]) rmSync(file(`cases/002-c.enrollment-${n}.wav`));
    const { code, stderr } = await evaluate('--takes', 'none');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/'none' is invalid\. Expected 1, 2, 3/)]);
  });

  it('takes the kinds that are asked for', async () => {
    const { stdout } = await evaluate('--kind', 'absent', '--json');
    expect(JSON.parse(stdout).cases.map(({ id }: { id: string }) => id)).toEqual(['002-c']);
    const { code, stderr } = await evaluate('--kind', 'noisy');
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^InputError: --kind noisy: .*expected cross-sex, absent, got noisy/),
    ]);
  });

  it('knows by its kind a case in which the enrolled person never speaks', async () => {
    writeFileSync(file('cases/manifest.csv'), 'id,kind\n002-c,everyone-absent\n');
    const { kinds } = JSON.parse((await evaluate('--json')).stdout);
    expect(kinds['everyone-absent']).toMatchObject({ n: 1, people: null, si_sdri_db: null });
    expect(kinds['everyone-absent'].residual_db).toEqual(expect.any(Number));
  });

  it('scores the others where a case cannot be, and says which file of it is wrong', async () => {
    writeFileSync(file('cases/manifest.csv'), 'id,kind\n003-d,cross-sex\n000-a,cross-sex\n');
    for (const part of ['mixture', 'target']) putWav(`cases/003-d.${part}.wav`, babble(1, 16000, 5));
    putWav('cases/003-d.enrollment.wav', new Float32Array(64000));
    const silent = await evaluate('--json');
    const error = expect.stringMatching(/^EnrollmentError: cases\/003-d\.enrollment\.wav: is silent/);
    const result = JSON.parse(silent.stdout);
    expect(result.failed).toEqual([{ id: '003-d', kind: 'cross-sex', error }]);
    expect(result.cases.map(({ id }: { id: string }) => id)).toEqual(['000-a']);
    expect(result.kinds['cross-sex']).toMatchObject({ n: 1, si_sdri_db: result.cases[0].si_sdri_db });
    expect([silent.code, silent.stderr.split('\n')]).toEqual([
      1,
      [
        'InputError: cases: 1 of 2 cases could not be scored. The figures are of the others.',
        expect.stringMatching(/^ {2}003-d: EnrollmentError: cases\/003-d\.enrollment\.wav: is silent/),
        '',
      ],
    ]);
    for (const part of ['mixture', 'target']) putWav(`cases/003-d.${part}.wav`, babble(1, 16000, 5), 4000);
    const slow = await evaluate();
    expect(slow.stdout).toMatch(/\ncross-sex +1 /);
    expect([slow.code, slow.stderr]).toEqual([
      1,
      expect.stringMatching(
        /\n {2}003-d: AudioContextError: cases\/003-d\.mixture\.wav: .*got 4000 Hz\. Convert/,
      ),
    ]);
  });

  it('says which file of which case is missing', async () => {
    writeFileSync(file('cases/manifest.csv'), 'id,kind\n009-z,noisy\n');
    const { code, stdout, stderr } = await evaluate();
    expect([code, stdout, stderr]).toEqual([
      1,
      '',
      expect.stringMatching(/^InputError: .*009-z.\w+.wav: cannot be read/),
    ]);
  });

  it('does not list the errors of hundreds of cases', async () => {
    const ids = Array.from({ length: 12 }, (_, n) => `${100 + n}-x`);
    writeFileSync(file('cases/manifest.csv'), ['id,kind', ...ids.map((id) => `${id},noisy`)].join('\n'));
    const { code, stdout, stderr } = await evaluate('--json');
    expect([code, stdout]).toEqual([1, '']);
    const lines = stderr.trim().split('\n');
    expect([lines.length, lines[1].slice(0, 7), lines.at(-1)]).toEqual([12, '  100-x', '  and 2 more']);
  });
});

describe('manifest', () => {
  it('is CSV with quotes, commas, line ends and empty fields', () => {
    expect(parseCsv('a,"b ""x"", y",\r\n\r\n"two\nlines",,z', 'm')).toEqual([
      ['a', 'b "x", y', ''],
      ['two\nlines', '', 'z'],
    ]);
    expect(parseManifest('\uFEFFkind,id\nnoisy,1\n', 'm')).toEqual([
      { id: '1', kind: 'noisy', target: null },
    ]);
    expect(
      parseManifest('id,target,kind\n1,ls-7,noisy\n2,,noisy\n', 'm').map(({ target }) => target),
    ).toEqual(['ls-7', null]);
  });

  it.each<[string, RegExp]>([
    ['', /lacks a column, expected id/],
    ['id,name\n1,x', /lacks a column, expected kind, got id, name/],
    ['id,kind', /lists no case/],
    ['id,kind\n1', /row 1: .*expected 2 fields, got 1/],
    ['id,kind\n../1,x', /id that cannot be used/],
    ['id,kind\n1,x\n1,x', /row 2: .*each id once/],
    ['id,kind\n1,x"y"', /line 2: is not CSV/],
  ])('refuses %j', (text, message) => {
    expect(() => parseManifest(text, 'm.csv')).toThrow(message);
  });
});
