// What <latency-meter> says, in English; a page may replace any of it.
import type { LoopRefusal } from '../../src/shared/latency-report.ts';
import type { Finding, SlackPart } from '../../src/shared/latency-verdict.ts';
import type { TimedPart } from '../../src/shared/latency-report.ts';

export interface LatencyMeterTexts {
  readonly verdict: string;
  readonly nothingYet: string;
  readonly exportReport: string;
  readonly live: string;
  readonly liveHint: string;
  readonly foreignHint: string;
  readonly start: string;
  readonly stop: string;
  readonly starting: string;
  readonly loading: string;
  readonly delay: string;
  readonly delayNote: (rateHz: number) => string;
  readonly slack: string;
  readonly slackNote: (slackMs: number) => string;
  readonly missed: string;
  readonly missedNote: (missedMs: number, skippedHops: number) => string;
  readonly backend: string;
  readonly backendNames: Readonly<Record<string, string>>;
  readonly histogram: string;
  readonly timeline: string;
  readonly chartSummary: (n: number, p50Ms: number, p99Ms: number, maxMs: number) => string;
  readonly table: string;
  readonly headings: readonly string[];
  readonly parts: Readonly<Record<TimedPart, { readonly name: string; readonly note: string }>>;
  readonly budget: string;
  readonly budgetWindow: string;
  readonly budgetWindowNote: string;
  readonly budgetResampler: string;
  readonly budgetResamplerNote: string;
  readonly budgetSlack: string;
  readonly budgetSlackNote: string;
  readonly node: string;
  readonly nodeHint: string;
  readonly measureNode: string;
  readonly nodeResult: (samples: number, ms: number, n: number, repeats: number) => string;
  readonly nodePromise: (samples: number, ms: number) => string;
  readonly stopFirst: string;
  readonly loop: string;
  readonly loopHint: string;
  readonly measureLoop: string;
  readonly cancel: string;
  readonly measuring: string;
  readonly progress: (done: number, repeats: number) => string;
  readonly loopMedian: string;
  readonly loopMedianNote: (n: number, takes: number, openings: number) => string;
  readonly loopRange: string;
  readonly loopRangeNote: (withinMs: number, betweenMs: number) => string;
  readonly claimed: string;
  readonly claimedNote: (
    baseMs: number | null,
    outputMs: number | null,
    microphoneMs: number | null,
  ) => string;
  readonly takes: string;
  readonly milliseconds: (ms: number) => string;
  readonly unknown: string;
  /** A finding of the verdict as a sentence. */
  readonly finding: (finding: Finding) => string;
}

const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
const told = (value: number | null) => (value === null ? 'not told' : ms(value));

const SLACK_PARTS: Readonly<Record<SlackPart, string>> = {
  burst: 'bursts of the audio device and the wait for a whole quantum',
  wake: 'waking the worker',
  resample: 'resampling',
  compute: 'computing',
  readback: 'reading the result back from the GPU',
};

const CHANGES: Readonly<Record<SlackPart, string>> = {
  burst: 'A device with smaller buffers would help, or more slack.',
  wake: 'Other programs and pages keep the processor from this one: close them, or allow more slack.',
  resample: 'A context at 16 kHz would need none.',
  compute: 'Another backend may be faster: compare ?backend=wasm and ?backend=webgpu.',
  readback: 'The browser is slow to hand back what the GPU computed: try ?backend=wasm.',
};

const REFUSALS: Readonly<Record<LoopRefusal, string>> = {
  silent:
    'The microphone gave silence: it is muted, or another one is meant. Choose it in the settings of the browser.',
  clipped: 'The microphone was overdriven: turn the loudspeaker or the microphone’s gain down.',
  unclear:
    'The sequence could not be told from noise and echoes: turn the volume up, take headphones off (the microphone must hear the loudspeaker), be quiet meanwhile, and turn off what removes echoes in the system’s settings.',
};

export function findingSentence(finding: Finding): string {
  switch (finding.about) {
    case 'node':
      return finding.offSamples === 0
        ? `The extractor adds ${ms(finding.measuredMs)}, to the sample what it promises.`
        : `The extractor adds ${ms(finding.measuredMs)}: ${finding.offSamples} samples off its promise. That is a mistake of ours; please report it with the export.`;
    case 'node-unclear':
      return 'The added delay could not be measured: the sequence did not come back whole. Close what keeps this machine busy and measure again.';
    case 'misses':
      return `${finding.missedDeadlines} deadlines were missed in ${finding.seconds.toFixed(0)} s (${ms(finding.missedMs)} of sound replaced). Most of the time went to ${SLACK_PARTS[finding.largest]}. ${CHANGES[finding.largest]} A slack of ${finding.slackMs} ms would have been enough (?slackMs=${finding.slackMs}).`;
    case 'reserve': {
      const spare =
        finding.smallerSlackMs === null
          ? 'None of it should be taken away.'
          : `${finding.smallerSlackMs} ms should do on this machine (?slackMs=${finding.smallerSlackMs}).`;
      return `No deadline was missed. 99 % of the hops used at most ${ms(finding.usedMs)} of the ${finding.slackMs} ms of slack; the largest part is ${SLACK_PARTS[finding.largest]}, ${ms(finding.largestMs)}. ${spare}`;
    }
    case 'messages':
      return 'Audio crosses threads in messages, because this page is not cross-origin isolated or the browser shares no memory: that costs time and makes garbage. Serve the page with the COOP and COEP headers.';
    case 'loop':
      return loopSentence(finding);
    case 'loop-varies':
      return `The loop differs by ${ms(finding.betweenMs)} from one opening to the next, and by ${ms(finding.withinMs)} within one: a figure from a single start says little.`;
    case 'loop-refused':
      return REFUSALS[finding.why];
  }
}

function loopSentence({ loopMs, addedMs, unexplainedMs }: Extract<Finding, { about: 'loop' }>): string {
  const unexplained =
    unexplainedMs === null
      ? ''
      : ` The browser’s own figures leave ${ms(Math.max(0, unexplainedMs))} of it unexplained.`;
  if (addedMs === null) return `Loudspeaker to microphone takes ${ms(loopMs)}.${unexplained}`;
  const dominant =
    loopMs > addedMs
      ? 'The devices and the browser dominate: a wired headset, latencyHint 0 and the system’s smallest buffer shorten it; another model would not.'
      : 'The extractor dominates: most of it is the window, which belongs to the model; the slack can be changed.';
  return `From mouth to ear it takes ${ms(loopMs + addedMs)}: ${ms(loopMs)} of devices and browser, ${ms(addedMs)} of the extractor. ${dominant}${unexplained}`;
}

export const LATENCY_METER_TEXTS: LatencyMeterTexts = {
  verdict: 'Verdict',
  nothingYet: 'Nothing was measured yet: start below.',
  exportReport: 'Export as JSON',
  live: 'Every hop, live',
  liveHint: 'Runs the extractor on a quiet noise of its own. No microphone is needed, and nothing is played.',
  foreignHint: 'The extractor is running; these are its figures.',
  start: 'Start',
  stop: 'Stop',
  starting: 'Starting …',
  loading: 'The model is being loaded …',
  delay: 'Delay added',
  delayNote: (rateHz) => `by construction, at ${rateHz / 1000} kHz`,
  slack: 'Slack used, 99 %',
  slackNote: (slackMs) => `of ${slackMs} ms to compute in`,
  missed: 'Deadlines missed',
  missedNote: (missedMs, skipped) => `${ms(missedMs)} of sound, ${skipped} hops left out`,
  backend: 'Computed by',
  backendNames: { webgpu: 'WebGPU', wasm: 'WebAssembly', reference: 'JavaScript' },
  histogram: 'Time of a hop in ms, counts as square roots',
  timeline: 'The newest hops, against the slack',
  chartSummary: (n, p50, p99, max) =>
    `${n} hops: half of them within ${ms(p50)}, 99 % within ${ms(p99)}, the longest ${ms(max)}`,
  table: 'Milliseconds, since the start',
  headings: ['Part', 'n', '50 %', '95 %', '99 %', 'max'],
  parts: {
    wake: { name: 'Wake', note: 'audio thread to worker; reads up to 1 ms too much' },
    resample: { name: 'Resample', note: 'to the model’s rate and back' },
    step: { name: 'Step', note: 'transforms and network' },
    readback: { name: 'Readback', note: 'part of the step, GPU only' },
    hop: { name: 'Hop', note: 'everything the worker does' },
    slackUsed: { name: 'Slack used', note: 'with bursts of the device; what counts' },
  },
  budget: 'What the added delay is made of',
  budgetWindow: 'Window and hop',
  budgetWindowNote: 'the model looks so far ahead',
  budgetResampler: 'Resamplers',
  budgetResamplerNote: 'both ways',
  budgetSlack: 'Slack',
  budgetSlackNote: 'to wake, compute and hand back in',
  node: 'Delay added, measured',
  nodeHint:
    'A known sequence goes through the extractor in bypass, and past it; their correlation tells the delay to the sample.',
  measureNode: 'Measure the delay',
  nodeResult: (samples, delayMs, n, repeats) =>
    `${samples} samples = ${delayMs.toFixed(3)} ms, ${n} of ${repeats} times`,
  nodePromise: (samples, delayMs) => `promised: ${samples} samples = ${delayMs.toFixed(3)} ms`,
  stopFirst: 'Stop the extractor first: the measurement needs it for itself.',
  loop: 'Loudspeaker to microphone',
  loopHint:
    'Plays a noise 20 times and listens for it; microphone and audio are opened anew every fourth time, because each opening may differ. Use loudspeakers, at a normal volume. Takes about half a minute.',
  measureLoop: 'Measure the loop',
  cancel: 'Cancel',
  measuring: 'Measuring …',
  progress: (done, repeats) => `${done} of ${repeats}`,
  loopMedian: 'Median',
  loopMedianNote: (n, takes, openings) => `${n} of ${takes} clear, ${openings} openings`,
  loopRange: 'Range',
  loopRangeNote: (within, between) => `${ms(within)} within an opening, ${ms(between)} between`,
  claimed: 'The browser claims',
  claimedNote: (base, output, microphone) =>
    `base ${told(base)}, output ${told(output)}, microphone ${told(microphone)}`,
  takes: 'One point a repetition, one line an opening; hollow: refused',
  milliseconds: ms,
  unknown: '—',
  finding: findingSentence,
};
