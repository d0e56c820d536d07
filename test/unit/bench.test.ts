// `npm run bench` in Node, with a small model and as short as it can be: that its JSON has the shape that was promised. Times decide nothing.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Row, SkippedRow } from '../../bench/hop/rows.ts';
import { report } from '../report.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const TIMEOUT_MS = 240_000;
const WHATS = [
  ...[
    'wasm',
    'wasm-relaxed',
    'wasm-adapting',
    'webgpu',
    'reference',
    'floor-gemv',
    'floor-submit-map',
    'ort-wasm',
    'ort-webgpu',
  ],
  ...['cross-attention-1s', 'cross-attention-4s', 'cross-attention-16s', 'gtcrn', 'rnnoise'],
];
/** What needs neither a GPU nor a new V8. */
const EVERYWHERE = [
  ...['wasm', 'wasm-adapting', 'reference', 'floor-gemv', 'ort-wasm', 'gtcrn', 'rnnoise'],
  ...['cross-attention-1s', 'cross-attention-4s', 'cross-attention-16s'],
];
const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

function bench(...options: string[]) {
  const json = path.join(folder, 'bench.json');
  const fixed = ['--where', 'node', '--seconds', '0', '--model', path.join(ROOT, 'test/golden/tiny')];
  execFileSync(process.execPath, [path.join(ROOT, 'bench/bench.js'), ...fixed, '--json', json, ...options], {
    stdio: 'pipe',
  });
  return JSON.parse(readFileSync(json, 'utf8'));
}

describe('npm run bench', () => {
  let measured: { rows: (Row | SkippedRow)[] };
  beforeAll(() => {
    measured = bench();
  }, TIMEOUT_MS);

  it('writes machine, versions and a row for everybody', () => {
    const { rows, ...about } = measured;
    expect(about).toMatchObject({
      machine: expect.any(String),
      priority: expect.any(Number),
      node: process.version,
      browser: null,
      adapter: null,
      node_adapter: expect.any(String),
      model: 'tiny',
      model_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      versions: { 'onnxruntime-web': expect.any(String) },
    });
    expect(rows.map(({ what }) => what).sort()).toEqual(WHATS.toSorted());
    for (const row of rows) {
      expect(row.where).toBe('node');
      if ('skipped' in row) {
        expect(row.skipped).not.toBe('');
        expect(EVERYWHERE).not.toContain(row.what);
        report(`skipped: bench ${row.what}: ${row.skipped}`);
        continue;
      }
      const times = [row.min_ms, row.p50_ms, row.p95_ms, row.p99_ms, row.max_ms];
      expect(times.every((ms) => ms > 0)).toBe(true);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(row.hops).toBeGreaterThan(0);
      expect(row.real_time_factor).toBeCloseTo(row.p50_ms / row.hop_ms, 9);
      expect(row.heap_growth_bytes_per_1000_hops ?? 0).toBeGreaterThanOrEqual(0);
      for (const value of [row.times_floor, row.times_floor_i16, row.f32_p50_ms, row.f32_times_floor])
        expect(value !== null).toBe(['wasm', 'wasm-relaxed'].includes(row.what));
      expect(row.feeds_p50_ms !== null).toBe(/^(ort|cross)/.test(row.what));
      expect(row.bytes === null).toBe(row.what.startsWith('floor'));
    }
  });

  it('makes a page and plots of it', () => {
    const { rows } = measured;
    const docs = path.join(folder, 'docs');
    execFileSync(process.execPath, [
      path.join(ROOT, 'bench/report.js'),
      path.join(folder, 'bench.json'),
      docs,
    ]);
    const read = (file: string) => readFileSync(path.join(docs, file), 'utf8');
    const page = read('performance.md');
    for (const row of rows) {
      if ('skipped' in row) expect(page).toContain(row.skipped.slice(0, 40));
      else expect(page).toContain(` ${row.hops} | ${row.real_time_factor.toFixed(3)} |`);
    }
    expect(JSON.parse(read('performance/bench.json')).rows).toEqual(rows);
    for (const text of [page, read('performance/hops.svg')])
      expect(text).not.toMatch(/NaN|undefined|Infinity|\[object/);
    expect(read('performance/hops.svg').match(/<circle/g)!.length).toBe(
      2 + rows.filter((row) => !('skipped' in row)).length,
    );
  });

  it('measures only what was asked for', { timeout: TIMEOUT_MS }, () => {
    expect(bench('--only', 'wasm').rows.map(({ what }: Row) => what)).toEqual(['wasm']);
  });

  it.each([
    [['--only', 'wasm,wsam'], /--only names wsam; there are wasm, wasm-relaxed, wasm-adapting/],
    [['--seconds', 'long'], /--seconds is a number from 0.*got --seconds long/],
    [['--where', 'firefox'], /--where some of node, chromium-worker; got .*firefox/],
    [['--model', 'nowhere'], /--model names nowhere, which holds no config.json/],
  ])('says what is wrong with %s', { timeout: TIMEOUT_MS }, (options, message) => {
    expect(() => bench(...options)).toThrow(message);
  });
});
