// The page in a real browser, driven as a person would: by its buttons, read by what it shows.
import { launch } from 'puppeteer-core';
import type { Browser, ElementHandle, Page } from 'puppeteer-core';
import type { LiveState } from '../../elements/live-monitor/state.ts';
import type { TargetExtractor } from '../../elements/target-extractor/target-extractor.ts';
import { browserFlags, findBrowser } from '../../scripts/browser.js';
import { poll } from './poll.ts';

export interface OpenOptions {
  /** WAV that the fake microphone plays, once and again. */
  readonly microphone?: string;
  /** Of the usual flags, those that start like this are left out. */
  readonly without?: readonly string[];
  readonly flags?: readonly string[];
}

/** What the page shows, as plain values; infinite levels arrive as null. */
export interface AppState extends Pick<
  LiveState,
  'run' | 'status' | 'input' | 'mixture' | 'estimate' | 'bypass' | 'listen' | 'recording' | 'take' | 'backend'
> {
  readonly model: { readonly phase: string; readonly error: string | null };
  readonly enrollment: {
    readonly phase: 'idle' | 'busy' | 'recording' | 'review';
    /** Whose voice is followed. */
    readonly voice: string | null;
    readonly error: string | null;
    /** While recording: of the voice that is wanted, 0 … 1. */
    readonly share: number;
    readonly levelDb: number | null;
  };
  /** Whose voice the microphone is held against. */
  readonly voice: string | null;
  /** Why it did not start or why it stopped. */
  readonly runError: string | null;
  readonly notices: readonly string[];
  readonly stats: {
    readonly backend: string;
    readonly backendReason: string;
    readonly latencyMs: number;
    readonly hops: number;
    readonly skippedHops: number;
    readonly missedDeadlines: number;
    readonly missedSamples: number;
    readonly stepP50Ms: number | null;
    readonly stepP99Ms: number | null;
  };
}

export class App {
  /** Errors that nobody caught, and requests to other places: both must stay empty. */
  readonly complaints: string[] = [];

  private constructor(
    readonly browser: Browser,
    readonly page: Page,
  ) {}

  static async open(url: string, { microphone, without = [], flags = [] }: OpenOptions = {}): Promise<App> {
    const usual = browserFlags({ microphone }).filter(
      (flag) => !without.some((start) => flag.startsWith(start)),
    );
    const browser = await launch({
      executablePath: await findBrowser(),
      args: [...usual, ...flags],
      protocolTimeout: 240_000,
    });
    const page = await browser.newPage();
    await page.setViewport({ width: 1100, height: 900 });
    const app = new App(browser, page);
    const { origin } = new URL(url);
    page.on('pageerror', (error) => app.complaints.push(`uncaught: ${String(error)}`));
    page.on('request', (request) => {
      const to = new URL(request.url());
      if (to.protocol.startsWith('http') && to.origin !== origin) app.complaints.push(`asked ${to.origin}`);
    });
    await page.goto(url);
    return app;
  }

  async close(): Promise<void> {
    await this.browser.close();
  }

  /** What the page shows now. */
  state(): Promise<AppState> {
    return this.page.evaluate(() => {
      interface Notice extends HTMLElement {
        kind: string;
        text: string;
      }
      const element = document.querySelector('target-extractor') as unknown as TargetExtractor;
      const root = element.shadowRoot!;
      const enroller = root.querySelector('clue-enroller') as HTMLElement & { clue: { name: string } | null };
      const inside = (host: HTMLElement, selector: string) =>
        host.shadowRoot?.querySelector(selector) ?? null;
      const errorIn = (host: HTMLElement) =>
        (inside(host, 'notice-box[kind=error]') as Notice | null)?.text ?? null;
      const progress = inside(enroller, 'enroll-progress') as
        (HTMLElement & { recording: { share: number; levelDb: number } }) | null;
      const phase: AppState['enrollment']['phase'] =
        progress !== null
          ? 'recording'
          : inside(enroller, 'enroll-review') !== null
            ? 'review'
            : inside(enroller, 'enroll-start') !== null
              ? 'idle'
              : 'busy';
      const { monitor, extractor, load } = element;
      const { stats, run, status, input, mixture, estimate, bypass, listen, recording, take, backend } =
        monitor.state;
      const notices = [
        ...document.querySelectorAll<Notice>('main > notice-box'),
        ...root.querySelectorAll<Notice>('notice-box'),
      ];
      return {
        model: {
          phase: load.phase,
          error:
            load.phase === 'failed'
              ? (root.querySelector<Notice>('notice-box[kind=error]')?.text ?? null)
              : null,
        },
        enrollment: {
          phase,
          voice: enroller.clue?.name ?? null,
          error: errorIn(enroller),
          share: progress?.recording.share ?? 0,
          levelDb: progress?.recording.levelDb ?? null,
        },
        ...{ run, status, input, mixture, estimate, bypass, listen, recording, take, backend },
        voice: monitor.voice ?? null,
        runError: errorIn(monitor),
        notices: notices.filter(({ kind }) => kind !== 'error').map(({ text }) => text),
        stats: {
          backend: extractor?.report.backend ?? '',
          backendReason: extractor?.report.reason ?? '',
          latencyMs: extractor?.latencyMs ?? 0,
          hops: stats?.hops ?? 0,
          skippedHops: stats?.skippedHops ?? 0,
          missedDeadlines: stats?.missedDeadlines ?? 0,
          missedSamples: stats?.missedSamples ?? 0,
          stepP50Ms: stats?.step?.p50 ?? null,
          stepP99Ms: stats?.step?.p99 ?? null,
        },
      };
    });
  }

  /** Waits until what the page shows is as wanted. Fails with the last state where that takes longer than `withinMs`. */
  until(what: string, wanted: (state: AppState) => boolean, withinMs = 60_000): Promise<AppState> {
    let state: AppState;
    return poll(
      async () => (wanted((state = await this.state())) ? state : null),
      () => `${what}. The page shows ${JSON.stringify(state)}`,
      withinMs,
    );
  }

  /** Clicks the one visible element that the selector finds through shadow roots, e.g. `button#start`. */
  async click(selector: string): Promise<void> {
    await this.page.locator(`target-extractor >>> ${selector}`).click();
  }

  /** Clicks the button with this text. */
  async press(text: string): Promise<void> {
    await this.page.locator(`target-extractor >>> button ::-p-text(${text})`).click();
  }

  async toggle(name: 'bypass' | 'monitor' | 'recording'): Promise<void> {
    await this.click(`#${name} >>> button`);
  }

  /** Enrolls from a file and uses it where that is possible; the answer: a voice or an error. */
  async enroll(file: string): Promise<AppState['enrollment']> {
    const input = await this.page.waitForSelector('target-extractor >>> enroll-start >>> input[type=file]');
    await (input as ElementHandle<HTMLInputElement>).uploadFile(file);
    const answered = await this.until(
      'an answer to the enrollment',
      ({ enrollment: { phase, error } }) => phase === 'review' || (phase === 'idle' && error !== null),
    );
    return answered.enrollment.phase === 'review' ? this.save() : answered.enrollment;
  }

  /** Keeps what was recorded and uses it. */
  async save(): Promise<AppState['enrollment']> {
    await this.click('#save');
    const { enrollment } = await this.until(
      'the voice',
      ({ enrollment: { phase, voice } }) => phase === 'idle' && voice !== null,
    );
    return enrollment;
  }

  /** Everything the page says, as text. */
  text(): Promise<string> {
    return this.page.evaluate(() => {
      const read = (root: ParentNode): string =>
        [...root.querySelectorAll('*')]
          .map((element) => {
            const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
            return (
              own.map((node) => node.textContent).join(' ') +
              (element.shadowRoot ? read(element.shadowRoot) : '')
            );
          })
          .join(' ');
      return read(document.body).replace(/\s+/g, ' ');
    });
  }

  /** Bytes behind an address that the page made, such as a recording. */
  async bytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
    const base64 = await this.page.evaluate(async (address) => {
      const blob = await (await fetch(address)).blob();
      return new Promise<string>((resolve) => {
        const reader = new FileReader();
        reader.onload = () => resolve((reader.result as string).split(',')[1]);
        reader.readAsDataURL(blob);
      });
    }, url);
    return new Uint8Array(Buffer.from(base64, 'base64'));
  }
}
