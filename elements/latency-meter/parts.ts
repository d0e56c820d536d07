// The pieces of <latency-meter>: figures, rows and parts, made of what was measured.
import type { BudgetPart } from '../../components/latency/latency-budget.ts';
import type { LatencyRow } from '../../components/latency/latency-table.ts';
import type { Figure } from '../../components/readouts/figure-list.ts';
import type { Extractor, ExtractorStats } from '../../src/index.ts';
import { HOP_MS } from '../../src/shared/audio-constants.ts';
import { extractorLagSamples } from '../../src/shared/audio-lag.ts';
import {
  LATENCY_REPORT_FORMAT,
  LATENCY_REPORT_VERSION,
  liveReport,
  TIMED_PARTS,
} from '../../src/shared/latency-report.ts';
import type {
  ExtractorReport,
  LatencyReport,
  LoopReport,
  NodeDelay,
} from '../../src/shared/latency-report.ts';
import { findings } from '../../src/shared/latency-verdict.ts';
import type { LatencyMeterTexts } from './texts.ts';

export interface Found {
  readonly extractor: Extractor | null;
  readonly stats: ExtractorStats | null;
  readonly node: NodeDelay | null;
  readonly loop: LoopReport | null;
}

export function slackMsOf({ latencySamples, context }: Extractor): number {
  const slackSamples = latencySamples - extractorLagSamples(context.sampleRate);
  return Math.round((1e5 * slackSamples) / context.sampleRate) / 100;
}

/** The report without a verdict in words. */
export function foundReport(found: Found): Pick<LatencyReport, 'extractor' | 'live' | 'node' | 'loop'> {
  const { extractor, stats, node, loop } = found;
  return {
    extractor: extractor === null ? null : extractorReport(extractor),
    live: stats === null ? null : liveReport(stats),
    node,
    loop,
  };
}

export function latencyReport(found: Found, texts: LatencyMeterTexts): LatencyReport {
  const measured = foundReport(found);
  return {
    format: LATENCY_REPORT_FORMAT,
    version: LATENCY_REPORT_VERSION,
    createdAt: new Date().toISOString(),
    userAgent: navigator.userAgent,
    cores: navigator.hardwareConcurrency,
    crossOriginIsolated,
    ...measured,
    verdict: findings(measured).map(texts.finding),
  };
}

function extractorReport(extractor: Extractor): ExtractorReport {
  const { report, transport, latencyMs } = extractor;
  return {
    model: report.model,
    backend: report.backend,
    reason: report.reason,
    transport,
    slackMs: slackMsOf(extractor),
    promisedMs: latencyMs,
  };
}

export function figures(
  extractor: Extractor,
  stats: ExtractorStats | null,
  texts: LatencyMeterTexts,
): Figure[] {
  const { context, latencyMs, report } = extractor;
  const slackMs = slackMsOf(extractor);
  const used = stats?.times.slackUsed?.p99;
  const missed = stats?.missedDeadlines ?? 0;
  const missedMs = (1000 * (stats?.missedSamples ?? 0)) / context.sampleRate;
  const backend = stats?.backend ?? report.backend;
  return [
    {
      name: texts.delay,
      value: texts.milliseconds(latencyMs),
      note: texts.delayNote(context.sampleRate),
    },
    {
      name: texts.slack,
      value: used === undefined ? texts.unknown : texts.milliseconds(used),
      note: texts.slackNote(slackMs),
      isWorrying: (used ?? 0) > slackMs,
    },
    {
      name: texts.missed,
      value: stats === null ? texts.unknown : missed.toLocaleString('en'),
      note: texts.missedNote(missedMs, stats?.skippedHops ?? 0),
      isWorrying: missed > 0,
    },
    {
      name: texts.backend,
      value: texts.backendNames[backend] ?? backend,
      note: stats?.reason ?? report.reason,
    },
  ];
}

export function rows(stats: ExtractorStats | null, texts: LatencyMeterTexts): LatencyRow[] {
  return TIMED_PARTS.map((part) => ({ ...texts.parts[part], times: stats?.times[part] ?? null }));
}

/** The added delay, cut up: what the model needs, what the rates need, what is left to compute in. */
export function budget(extractor: Extractor, texts: LatencyMeterTexts): BudgetPart[] {
  const slackMs = slackMsOf(extractor);
  const windowMs = 2 * HOP_MS;
  return [
    { name: texts.budgetWindow, note: texts.budgetWindowNote, ms: windowMs },
    {
      name: texts.budgetResampler,
      note: texts.budgetResamplerNote,
      ms: Math.max(0, extractor.latencyMs - windowMs - slackMs),
    },
    { name: texts.budgetSlack, note: texts.budgetSlackNote, ms: slackMs },
  ];
}
