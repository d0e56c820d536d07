// What the measurements of <latency-meter> found, as it is shown.
import { html, nothing } from 'lit';
import '../../components/readouts/figure-list.ts';
import '../../components/latency/latency-budget.ts';
import '../../components/latency/latency-histogram.ts';
import '../../components/latency/latency-table.ts';
import '../../components/latency/latency-timeline.ts';
import type { Extractor } from '../../src/index.ts';
import type { LoopReport, NodeDelay } from '../../src/shared/latency-report.ts';
import type { Finding } from '../../src/shared/latency-verdict.ts';
import type { LatencyLive } from './live.ts';
import { HOP_MS } from '../../src/shared/audio-constants.ts';
import { budget, figures, rows, slackMsOf } from './parts.ts';
import type { LatencyMeterTexts } from './texts.ts';

export function findingList(all: readonly Finding[], texts: LatencyMeterTexts) {
  return html`
    <ul class="findings">
      ${all.map((finding) => html`<li class=${finding.level}>${texts.finding(finding)}</li>`)}
    </ul>
  `;
}

/** Every hop of the run: figures, charts, a table, and what the delay is made of. */
export function hopsView(extractor: Extractor, { stats, timeline }: LatencyLive, texts: LatencyMeterTexts) {
  const hop = stats?.times.hop ?? null;
  const summary = hop === null ? '' : texts.chartSummary(hop.n, hop.p50, hop.p99, hop.max);
  const slackMs = slackMsOf(extractor);
  return html`
    <figure-list .figures=${figures(extractor, stats, texts)}></figure-list>
    <div class="charts">
      <latency-histogram
        .histogram=${stats?.times.histogram ?? null}
        .limitMs=${slackMs}
        .caption=${texts.histogram}
        .summary=${summary}
      ></latency-histogram>
      <latency-timeline
        .timeline=${timeline}
        .hopMs=${HOP_MS}
        .limitMs=${Math.max(1, slackMs)}
        .caption=${texts.timeline}
        .summary=${summary}
      ></latency-timeline>
    </div>
    <latency-table
      .rows=${rows(stats, texts)}
      .caption=${texts.table}
      .headings=${texts.headings}
    ></latency-table>
    <p class="note">${texts.budget}</p>
    <latency-budget .parts=${budget(extractor, texts)}></latency-budget>
  `;
}

export function nodeResult(node: NodeDelay, texts: LatencyMeterTexts) {
  const { measuredSamples, promisedSamples, rateHz } = node;
  const delayMs = (samples: number) => (1000 * samples) / rateHz;
  const found = [...new Set(measuredSamples)].map((samples) => {
    const n = measuredSamples.filter((one) => one === samples).length;
    return html`<p class="result">${texts.nodeResult(samples, delayMs(samples), n, node.repeats)}</p>`;
  });
  return html`
    ${found.length === 0 ? html`<p class="result">${texts.unknown}</p>` : found}
    <p class="note">${texts.nodePromise(promisedSamples, delayMs(promisedSamples))}</p>
  `;
}

export function loopResult(loop: LoopReport, texts: LatencyMeterTexts) {
  const { delayMs, takes, openings, claims, refused } = loop;
  const { baseLatencyMs, outputLatencyMs, microphoneLatencyMs } = claims;
  const claimed = [outputLatencyMs || baseLatencyMs, microphoneLatencyMs].filter((one) => one !== null);
  const figures = [
    ...(delayMs === null
      ? []
      : [
          {
            name: texts.loopMedian,
            value: texts.milliseconds(delayMs.p50),
            note: texts.loopMedianNote(delayMs.n, takes.length, openings),
          },
          {
            name: texts.loopRange,
            value: `${delayMs.min.toFixed(1)} – ${texts.milliseconds(delayMs.max)}`,
            note: texts.loopRangeNote(delayMs.withinOpening, delayMs.betweenOpenings),
          },
        ]),
    {
      name: texts.claimed,
      value:
        claimed.length === 0 ? texts.unknown : texts.milliseconds(claimed.reduce((sum, one) => sum + one, 0)),
      note: texts.claimedNote(baseLatencyMs, outputLatencyMs, microphoneLatencyMs),
    },
  ];
  return html`
    ${
      refused === null
        ? nothing
        : html`<notice-box
            kind="error"
            .text=${texts.finding({ level: 'bad', about: 'loop-refused', why: refused })}
          ></notice-box>`
    }
    <figure-list .figures=${figures}></figure-list>
  `;
}
