// The plots of docs/performance.md, from the rows of a bench's report.
import { isSoftware } from './goals.js';
import { box, circle, drawing, line, text } from './svg.js';

const WIDTH = 820;
const LABELS = 236;
const PLOT = { left: LABELS, right: WIDTH - 40 };
const ROW = 30;
const TOP = 86;

/** Rows that were measured, of one place. */
export const measured = (report, where) => report.rows.filter((row) => row.where === where && !row.skipped);

const onGpu = (what) => /webgpu|submit/.test(what);

/** Everybody's hop as a share of the audio in it, on a logarithmic axis: p50 a point, p99 the end of the line. */
export function sharePlot(report, names) {
  const inBrowser = measured(report, 'chromium-worker');
  const inNode = measured(report, 'node');
  const all = [...inBrowser, ...inNode];
  const whats = [...new Set(all.map(({ what }) => what))];
  const leastOf = (what) =>
    Math.min(...all.filter((row) => row.what === what).map((row) => row.real_time_factor));
  whats.sort((a, b) => leastOf(a) - leastOf(b));
  const low = Math.floor(Math.log10(Math.min(...all.map((row) => row.real_time_factor))));
  const high = Math.ceil(Math.log10(Math.max(...all.map((row) => row.p99_ms / row.hop_ms))));
  const x = (share) => PLOT.left + ((Math.log10(share) - low) / (high - low)) * (PLOT.right - PLOT.left);
  const bottom = TOP + whats.length * ROW;
  const software = isSoftware(report, inBrowser.length > 0 ? 'chromium-worker' : 'node');

  const parts = [text(16, 28, 'A hop’s time as a share of the audio in it', { className: 'title' })];
  parts.push(
    circle(22, 48, 5, 'browser'),
    text(34, 52, 'Chromium, worker', { className: 'small' }),
    circle(164, 48, 5, 'node'),
    text(176, 52, 'Node', { className: 'small' }),
    text(
      ...[232, 52],
      `point: p50, end of the line: p99; left is better${software ? '; * the processor plays the GPU' : ''}`,
      { className: 'small' },
    ),
  );
  for (let decade = low; decade <= high; decade++) {
    parts.push(line(x(10 ** decade), TOP - 6, x(10 ** decade), bottom, 'grid'));
    parts.push(
      text(x(10 ** decade), bottom + 18, percent(10 ** decade), { className: 'small', anchor: 'middle' }),
    );
  }
  parts.push(line(x(1), TOP - 6, x(1), bottom, 'limit'));
  parts.push(text(x(1) + 6, TOP - 10, 'real time', { className: 'limit-text' }));
  whats.forEach((what, n) => {
    const y = TOP + n * ROW + ROW / 2;
    const mark = onGpu(what) && software ? ' *' : '';
    parts.push(text(LABELS - 12, y + 4, `${names[what]}${mark}`, { anchor: 'end' }));
    for (const [rows, className, offset] of [
      [inNode, 'node', 5],
      [inBrowser, 'browser', -4],
    ]) {
      const row = rows.find((one) => one.what === what);
      if (!row) continue;
      const end = x(row.p99_ms / row.hop_ms);
      parts.push(
        line(
          x(row.real_time_factor),
          y + offset,
          end,
          y + offset,
          className === 'node' ? 'node-line' : className,
        ),
      );
      parts.push(circle(x(row.real_time_factor), y + offset, 4, className));
    }
  });
  const description = whats.map((what) => `${names[what]}: ${percent(leastOf(what))}`).join('; ');
  return drawing(WIDTH, bottom + 30, `p50 of a hop as a share of the audio in it. ${description}`, parts);
}

/** CrossMamba and cross-attention by the same runtime, and CrossMamba by our own: what a hop takes, and how much of it is handing over. */
export function contextPlot(report) {
  const rows = measured(report, 'chromium-worker');
  const bars = [
    ['wasm', 'CrossMamba, ours'],
    ['ort-wasm', 'CrossMamba, ONNX'],
    ['cross-attention-1s', 'attention over 1 s, ONNX'],
    ['cross-attention-4s', 'attention over 4 s, ONNX'],
    ['cross-attention-16s', 'attention over 16 s, ONNX'],
  ].flatMap(([what, label]) => rows.filter((row) => row.what === what).map((row) => ({ ...row, label })));
  if (bars.length < 5) return undefined;
  const hopMs = bars[0].hop_ms;
  const most = Math.max(hopMs, ...bars.map((row) => row.p50_ms)) * 1.1;
  const x = (ms) => PLOT.left + (ms / most) * (PLOT.right - PLOT.left - 50);
  const bottom = TOP + bars.length * ROW;
  const parts = [
    text(16, 28, 'What remembering costs: p50 of a hop, ms', { className: 'title' }),
    box(17, 43, 10, 10, 'browser'),
    text(34, 52, 'computing', { className: 'small' }),
    box(113, 43, 10, 10, 'feeds'),
    text(130, 52, 'handing states or caches to the runtime and back', { className: 'small' }),
  ];
  parts.push(line(x(hopMs), TOP - 6, x(hopMs), bottom, 'limit'));
  parts.push(text(x(hopMs) + 6, TOP - 10, `${hopMs} ms: real time`, { className: 'limit-text' }));
  bars.forEach(({ label, p50_ms, feeds_p50_ms }, n) => {
    const y = TOP + n * ROW + 6;
    const feeds = Math.min(feeds_p50_ms ?? 0, p50_ms);
    parts.push(text(LABELS - 12, y + 13, label, { anchor: 'end' }));
    parts.push(box(x(0), y, x(p50_ms - feeds) - x(0), ROW - 12, 'browser'));
    if (feeds > 0) parts.push(box(x(p50_ms - feeds), y, x(feeds) - x(0), ROW - 12, 'feeds'));
    parts.push(text(x(p50_ms) + 6, y + 13, p50_ms.toFixed(2), { className: 'small' }));
  });
  const description = bars.map(({ label, p50_ms }) => `${label}: ${p50_ms.toFixed(2)} ms`).join('; ');
  return drawing(WIDTH, bottom + 14, `p50 of a hop. ${description}`, parts);
}

function percent(share) {
  const value = 100 * share;
  return `${value >= 1 ? Math.round(value).toLocaleString('en') : Number(value.toPrecision(1))} %`;
}
