// A visit to a project's page: everything that went wrong, all that was asked for, and the way from a voice to sound.
import path from 'node:path';
import puppeteer from 'puppeteer-core';
import type { Browser, BrowserContext, Page } from 'puppeteer-core';
import type { TargetExtractor } from '../../elements/target-extractor/target-extractor.ts';
import type * as Library from '../../src/index.ts';
import { browserFlags, findBrowser } from '../../scripts/browser.js';

export const DEMO = path.resolve(import.meta.dirname, '../../public/demo');

interface Window {
  readonly library: typeof Library;
}

/** The fake microphone plays the demonstration's mixture, over and over. */
export async function openBrowser(): Promise<Browser> {
  return puppeteer.launch({
    executablePath: await findBrowser(),
    args: browserFlags({ microphone: path.join(DEMO, 'mixture.wav') }),
  });
}

export interface Heard {
  /** Whether the elements' extractor is the library's: one copy of the code. */
  readonly oneLibrary: boolean;
  readonly isolated: boolean;
  readonly transport: string;
  readonly origin: Library.ModelOrigin;
  /** The demonstration's mixture, extracted as a whole, at 16 kHz. */
  readonly estimate: number[];
  /** Of the live estimate, largest that was seen, linear. */
  readonly livePeak: number;
  readonly start: string;
}

export class Visit {
  /** Must stay empty: the console's errors, uncaught ones, answers that are none, requests to other places. */
  readonly complaints: string[] = [];
  readonly requests: string[] = [];

  private constructor(readonly page: Page) {}

  /** `origins`: where requests may go; the page's own by default. */
  static async open(
    browser: Browser | BrowserContext,
    url: string,
    origins = [new URL(url).origin],
  ): Promise<Visit> {
    const page = await browser.newPage();
    const visit = new Visit(page);
    page.on('console', (message) => {
      if (message.type() === 'error') visit.complaints.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => visit.complaints.push(`uncaught: ${String(error)}`));
    page.on('requestfailed', (request) => visit.complaints.push(`failed: ${request.url()}`));
    page.on('response', (response) => {
      if (response.status() >= 400) visit.complaints.push(`HTTP ${response.status()}: ${response.url()}`);
    });
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (!protocol.startsWith('http')) return;
      visit.requests.push(request.url());
      if (!origins.includes(origin)) visit.complaints.push(`asked ${origin}`);
    });
    await page.goto(url);
    return visit;
  }

  /** Waits for the element's model, or for why it cannot be had. */
  async loaded(): Promise<string | null> {
    try {
      const settled = await this.page.waitForFunction(
        () => {
          const { load } = document.querySelector('target-extractor') as unknown as Partial<TargetExtractor>;
          return (
            (load?.phase === 'ready' || load?.phase === 'failed') && { error: load.error?.message ?? null }
          );
        },
        { polling: 50, timeout: 60_000 },
      );
      return ((await settled.jsonValue()) as { error: string | null }).error;
    } catch (error) {
      const stage = await this.page
        .evaluate(() =>
          JSON.stringify((document.querySelector('target-extractor') as unknown as TargetExtractor).load),
        )
        .catch(String);
      const what = [`the page says ${stage}`, ...this.complaints].join('; ');
      throw new Error(`The element did not load, ${String(error)}: ${what}`, { cause: error });
    }
  }

  /** What computes, once it is loaded. */
  backend(): Promise<string> {
    return this.page.evaluate(
      () =>
        (document.querySelector('target-extractor') as unknown as TargetExtractor).extractor!.report.backend,
    );
  }

  /** Enrolls the demonstration's voice, extracts its mixture as a file, then runs with the microphone until something is heard. */
  hear(): Promise<Heard> {
    return this.page.evaluate(async () => {
      const { library } = globalThis as unknown as Window;
      const element = document.querySelector('target-extractor') as unknown as TargetExtractor;
      const extractor = element.extractor!;
      const samples = async (file: string) => {
        const context = new OfflineAudioContext(1, 1, 16_000);
        const audio = await context.decodeAudioData(await (await fetch(`demo/${file}.wav`)).arrayBuffer());
        return audio.getChannelData(0);
      };
      await extractor.enroll(await samples('enrollment'), 16_000);
      const estimate = await extractor.extract(await samples('mixture'), 16_000);
      await element.start();
      let livePeak = 0;
      for (const end = performance.now() + 60_000; livePeak < 0.02 && performance.now() < end;) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        livePeak = Math.max(livePeak, extractor.levels().outputPeak);
      }
      const start = element.monitor.renderRoot.querySelector('[part=start]')!.textContent!.trim();
      await element.stop();
      return {
        oneLibrary: extractor instanceof library.Extractor,
        isolated: crossOriginIsolated,
        transport: extractor.transport,
        origin: extractor.report.origin,
        estimate: [...estimate],
        livePeak,
        start,
      };
    });
  }
}
