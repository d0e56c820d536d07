// What <live-monitor> makes of its state: sentences, lists to choose from, figures.
import type { Figure } from '../../components/readouts/figure-list.ts';
import type { LiveTone } from '../../components/readouts/live-status.ts';
import type { SelectOption } from '../../components/controls/select-field.ts';
import type { Extractor } from '../../src/index.ts';
import { HOP_MS } from '../../src/shared/audio-constants.ts';
import type { LiveStatusKind } from './judgement.ts';
import type { LiveMonitorTexts } from './texts.ts';
import type { LiveState } from './state.ts';

export const TONES: Readonly<Record<LiveStatusKind, LiveTone>> = {
  noExtractor: 'off',
  noVoice: 'off',
  off: 'off',
  starting: 'off',
  paused: 'bad',
  interrupted: 'bad',
  stalled: 'bad',
  late: 'notice',
  silent: 'notice',
  bypassed: 'notice',
  weak: 'good',
  on: 'good',
};

export function statusText(texts: LiveMonitorTexts, state: LiveState, voice: string | null): string {
  const { status } = state;
  if (status === 'on') return texts.onStatus(voice);
  if (status === 'weak') return texts.weakStatus(voice);
  if (status === 'interrupted') return texts.interruptedStatus(state.interruption!);
  return texts[`${status}Status`];
}

/** The system's default first. */
export function microphoneOptions(
  texts: LiveMonitorTexts,
  devices: readonly MediaDeviceInfo[],
): readonly SelectOption[] {
  return [
    { value: '', name: texts.defaultMicrophone },
    ...devices.map(({ deviceId, label }, n) => ({
      value: deviceId,
      name: label || texts.unnamedMicrophone(n + 1),
    })),
  ];
}

/** `running`: the backend that computes now. */
export function backendOptions(
  texts: LiveMonitorTexts,
  state: LiveState,
  running: string | undefined,
): readonly SelectOption[] {
  const nameOf = (backend: string) => texts.backendNames[backend] ?? backend;
  const named = ['webgpu', 'wasm', ...(state.backend === 'reference' ? ['reference'] : [])];
  return [
    {
      value: 'auto',
      name: texts.auto(state.backend === 'auto' && running !== undefined ? nameOf(running) : ''),
    },
    ...named.map((backend) => ({ value: backend, name: nameOf(backend) })),
  ];
}

export function figures(
  texts: LiveMonitorTexts,
  { stats }: LiveState,
  extractor: Extractor | null,
): readonly Figure[] {
  const none = '—';
  const lost = stats === null ? 0 : stats.droppedSamples + stats.overflowSamples + stats.nonFinite;
  const p99 = stats?.step?.p99;
  return [
    {
      name: texts.delay,
      value: extractor === null ? none : `${extractor.latencyMs.toFixed(1)} ms`,
      note: extractor === null ? '' : texts.delayNote(extractor.context.sampleRate),
    },
    {
      name: texts.load,
      value: p99 === undefined ? none : `${Math.round((100 * p99) / HOP_MS)} %`,
      note: p99 === undefined ? '' : texts.loadNote(p99, HOP_MS),
      isWorrying: p99 !== undefined && p99 > HOP_MS,
    },
    {
      name: texts.missed,
      value: stats === null ? none : stats.missedDeadlines.toLocaleString('en'),
      note: stats === null ? '' : texts.missedNote((1000 * stats.missedSamples) / stats.rateHz, stats.quanta),
      isWorrying: stats !== null && stats.missedDeadlines > 0,
    },
    {
      name: texts.hops,
      value: stats === null ? none : stats.hops.toLocaleString('en'),
      note: stats === null ? '' : texts.hopsNote(stats.skippedHops),
      isWorrying: stats !== null && stats.skippedHops > 0,
    },
    ...(lost > 0
      ? [{ name: texts.lost, value: lost.toLocaleString('en'), note: texts.lostNote, isWorrying: true }]
      : []),
  ];
}
