// The text of docs/performance.md, with the figures of a bench's report.
import { goalsOf, isSoftware, rowsBy } from './goals.js';
import { NAMES, PLACES } from './names.js';
import { peersBetter } from './peers.js';

const PROMISED = 1.4;
const ms = (value) => (value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 3));
const orDash = (value, format) => (value === null || value === undefined ? '–' : format(value));

/** `plots`: names of files in docs/performance/, those that could be drawn. */
export function page(report, plots) {
  const wheres = [...new Set(report.rows.map(({ where }) => where))].sort();
  return `${[
    head(report),
    '## Goals\n',
    goalTable(report, wheres),
    plots.includes('hops.svg')
      ? '\n![Everybody’s p50 and p99 as a share of the audio in a hop](performance/hops.svg)\n'
      : '',
    ...wheres.map((where) => `## ${PLACES[where]}\n\n${rowTable(report, where).trim()}\n`),
    COLUMNS,
    '## CrossMamba against cross-attention\n',
    attention(report, wheres),
    plots.includes('context.svg')
      ? '\n![p50 of a hop with CrossMamba and with attention over 1, 4 and 16 s](performance/context.svg)\n'
      : '',
    '## Where a peer is better\n',
    peersBetter(report)
      .map((sentence) => `- ${sentence}`)
      .join('\n'),
    `\n${limits(report, wheres)}`,
    METHOD,
  ].join('\n')}`;
}

function head({
  date,
  machine,
  load,
  priority,
  browser,
  adapter,
  node,
  node_adapter,
  model,
  model_sha256,
  versions,
  seconds,
}) {
  return `# Performance

What one hop of the model takes, beside what else would do the same work, measured side by side in one run of \`npm run bench\`.
This page is made from [the run's figures](performance/bench.json) by \`npm run bench:report -- FILE\`: do not edit it. Delay, missed deadlines and
processor time of the whole node are in [latency.md](latency.md).

| | |
|---|---|
| date | ${date.slice(0, 10)} |
| machine | ${machine}; load ${load.toFixed(1)} at the end, the bench at nice ${priority} |
| browser | ${browser ?? '–'}; WebGPU adapter: ${adapter ?? '–'} |
| Node | ${node}; WebGPU adapter: ${node_adapter ?? '–'} |
| model | ${model}, sha256 ${model_sha256.slice(0, 12)}…: the weights of that day; what a hop computes is the same with later ones |
| versions | ${Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')} |
| rounds | for ${seconds} s in each place |
`;
}

function goalTable(report, wheres) {
  const goals = wheres.flatMap((where) => goalsOf(report, where));
  const mark = (held) =>
    held === undefined ? 'no goal set' : held === null ? 'not claimed' : held ? 'yes' : '**no**';
  return [
    '| where | goal | measured | holds |',
    '|---|---|---|---|',
    ...goals.map(({ where, goal, got, held }) => `| ${where} | ${goal} | ${got} | ${mark(held)} |`),
  ].join('\n');
}

function rowTable(report, where) {
  const rows = report.rows.filter((row) => row.where === where);
  return [
    '| | p50 ms | p95 | p99 | max | n | real-time factor | × `wasm` | × floor, f32 | × floor, i16 | in f32, ms | MMAC | fetched, MB | heap, kB a hop |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|---|---|',
    ...rows.filter((row) => !row.skipped).map((row) => tableRow(report, row)),
    '',
    ...rows
      .filter((row) => row.skipped)
      .map(({ what, skipped }) => `Left out: ${NAMES[what]}: ${oneLine(skipped)}`),
  ].join('\n');
}

function tableRow(report, row) {
  const gpu = /webgpu|submit/.test(row.what) && isSoftware(report, row.where);
  const cells = [
    `${NAMES[row.what]}${gpu ? ' (software adapter)' : ''}`,
    ...[row.p50_ms, row.p95_ms, row.p99_ms, row.max_ms].map(ms),
    row.hops,
    row.real_time_factor.toFixed(3),
    orDash(row.times_wasm, (value) => value.toFixed(2)),
    orDash(row.times_floor, (value) => value.toFixed(2)),
    orDash(row.times_floor_i16, (value) => value.toFixed(2)),
    orDash(row.f32_p50_ms, ms),
    orDash(row.mmac_per_hop, (value) => value.toFixed(2)),
    orDash(row.bytes, (value) => (value / 1e6).toFixed(1)),
    orDash(row.heap_growth_bytes_per_1000_hops, (value) => (value / 1e6).toFixed(1)),
  ];
  return `| ${cells.join(' | ')} |`;
}

function oneLine(reason) {
  const flat = reason.replace(/\s+/g, ' ').trim();
  return flat.length > 200 ? `${flat.slice(0, 200)}…` : flat;
}

const COLUMNS = `*real-time factor*: p50 against the audio in a hop (8 ms; GTCRN 16 ms, RNNoise 10 ms). *× \`wasm\`*: time for a millisecond of audio against ours, median over
the rounds. *× floor*: against the step's multiply-accumulates as nothing but matrix times vector, by the same binary in the same round, in f32 and in 16 bits: ours multiplies its
large matrices in 16 bits (what that costs in quality: [kernels.md](kernels.md)), the rest in f32. *in f32*: p50 with all weights in f32. *MMAC*: million
multiply-accumulates a hop. *fetched*: weights, and code in WebAssembly, before compression: ours in f16 with the clue encoder, the ONNX files in f32 without. *heap*: what JavaScript allocates in a hop, garbage
included, and for WebGPU what npm’s webgpu allocates while it waits; the browser does not tell. *adapting*: as the worker and the command line run it, the clue following what is heard
([enrollment.md](enrollment.md#what-the-stream-adds)); its p95 and p99 are the hops in which a piece of a new clue is made as well, one of nine.
`;

function attention(report, wheres) {
  const lines = [
    `The same model with causal Transformer cross-attention in the place of each CrossMamba: the query from the clue ⊙ mixture feature, key and value from the mixture, one head, the same
widths, a cache of keys and values. Its weights are random, so it says nothing of quality. Both run in ONNX Runtime Web (wasm, one thread): by the same runtime, the method is
compared, not the kernels.
`,
    '| where | context | attention p50 ms | of it, handing over | CrossMamba p50 ms | attention ÷ CrossMamba |',
    '|---|---|---|---|---|---|',
  ];
  const ratios = new Map();
  for (const where of wheres) {
    const row = rowsBy(report, where);
    const mamba = row('ort-wasm');
    for (const seconds of [1, 4, 16]) {
      const one = row(`cross-attention-${seconds}s`);
      if (!one || !mamba) continue;
      const times = one.times_wasm === null ? one.p50_ms / mamba.p50_ms : one.times_wasm / mamba.times_wasm;
      ratios.set(seconds, Math.min(times, ratios.get(seconds) ?? Infinity));
      lines.push(
        `| ${PLACES[where]} | ${seconds} s | ${ms(one.p50_ms)} | ${ms(one.feeds_p50_ms)} | ${ms(mamba.p50_ms)} (handing over ${ms(mamba.feeds_p50_ms)}) | ${times.toFixed(2)} |`,
      );
    }
  }
  lines.push('', promise(ratios));
  lines.push(
    `
CrossMamba's state has one size, whatever lies behind; attention reads its whole cache in every hop, and this runtime copies the cache into its memory before every run.
*Handing over* is the time of a graph that takes and gives the same tensors and computes nothing: who keeps the cache inside a runtime of their own saves that part.`,
  );
  return lines.join('\n');
}

/** Of CrossMamba's paper. `ratios`: seconds of context → attention ÷ CrossMamba, the lesser of the places. */
function promise(ratios) {
  const holds = (faster) =>
    [...ratios].filter(([, ratio]) => ratio >= PROMISED === faster).map(([seconds]) => `${seconds} s`);
  const list = (contexts) => (contexts.length === 0 ? 'none' : contexts.join(' and '));
  return `The paper claims more than 40 % faster inference than cross-attention. By the same runtime that holds here over ${list(holds(true))} of context; it does not over ${list(holds(false))}.`;
}

function limits(report, wheres) {
  const software = wheres.some((where) => isSoftware(report, where));
  return `## What is not claimed

${software ? '- The WebGPU adapter here is software: the processor plays the GPU. Its rows prove that the kernels run, and say nothing of their speed on a GPU.\n' : ''}- One machine, one browser. Absolute times move with the machine and with what else runs on it; the ratios are those of one run, in which all took turns.
- The rows of ours and of ONNX Runtime are the step: features, network, mask. STFT and resampling are not in them; in GTCRN's and RNNoise's they are. The whole node is in [latency.md](latency.md).
- GTCRN and RNNoise take noise away. They do not know voices: a row here compares what they cost, not what they do.
- Hops follow each other without a pause here. Live, a hop comes every 8 ms, with colder caches and a slower clock.
- ONNX Runtime may run several threads; here it has one, as ours has.
`;
}

const METHOD = `## How it is measured

- In rounds: each takes a turn of up to 60 hops or 60 ms, of which the first two hops are not counted. A noisy moment of the machine so hits all.
- p50 to max are over all counted hops; ratios in the tables of the step are medians over the rounds of the ratio of two p50s of the same round; attention ÷ CrossMamba is the quotient of two of them, and *with all
  weights in f32* against ONNX Runtime the quotient of two p50s over all hops.
- The ONNX files are written from the model's folder by \`bench/onnx/\` (operators of version 18, f32, the clue's terms and the states as inputs, states packed so that few tensors
  are handed over), and tested against the reference over 200 hops, in output and state. The runtime's optimisations are all on. Its WebGPU keeps the states on the GPU.
- GTCRN and RNNoise are the package's own processors, driven quantum by quantum without an audio thread.
- *floor: submit → map* clears four bytes on the adapter and waits until they are mapped: the least that any answer of a GPU costs there.

\`\`\`sh
npm run bench -- --json FILE [--seconds 60] [--only wasm,ort-wasm] [--where node,chromium-worker] [--model FOLDER]
npm run bench:report -- FILE
\`\`\`

No Python and no other tools are needed. A row that cannot run says why. \`npm run bench:step\` looks closer at our own step alone.
`;
