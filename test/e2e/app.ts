// The page in a real browser, driven as a person would: by its buttons, read by what it shows.
import { launch } from 'puppeteer-core';
import type { Browser, Page } from 'puppeteer-core';
import type { AppState } from '../../components/app-state.ts';
import { browserFlags, findBrowser } from '../../scripts/browser.js';

export interface OpenOptions {
  /** WAV that the fake microphone plays, once and again. */
  readonly microphone?: string;
  /** Of the usual flags, those that start like this are left out. */
  readonly without?: readonly string[];
  readonly flags?: readonly string[];
}

const POLL_MS = 100;

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

  /** What the page shows now. Infinite levels arrive as null. */
  state(): Promise<AppState> {
    return this.page.evaluate(
      () => (document.querySelector('extractor-app') as unknown as { state: AppState }).state,
    );
  }

  /** Waits until what the page shows is as wanted. Fails with the last state where that takes longer than `withinMs`. */
  async until(what: string, wanted: (state: AppState) => boolean, withinMs = 60_000): Promise<AppState> {
    const end = Date.now() + withinMs;
    for (;;) {
      const state = await this.state();
      if (wanted(state)) return state;
      if (Date.now() > end)
        throw new Error(`Waited in vain for: ${what}. The page shows ${JSON.stringify(state)}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Clicks the one visible element that the selector finds through shadow roots, e.g. `button#start`. */
  async click(selector: string): Promise<void> {
    await this.page.locator(`extractor-app >>> ${selector}`).click();
  }

  /** Clicks the button with this text. */
  async press(text: string): Promise<void> {
    await this.page.locator(`extractor-app >>> button ::-p-text(${text})`).click();
  }

  async toggle(name: 'bypass' | 'monitor' | 'recording'): Promise<void> {
    await this.click(`#${name} >>> button`);
  }

  /** Enrolls from a file and waits for the answer: an enrollment or an error. */
  async enroll(file: string): Promise<AppState['enrollment']> {
    // What was answered before must not be taken for the answer.
    const before = (await this.state()).enrollment;
    const input = await this.page.waitForSelector('extractor-app >>> input[type=file]');
    await input!.uploadFile(file);
    const { enrollment } = await this.until('an answer to the enrollment', ({ enrollment: now }) => {
      const answered = now.error !== null || now.phase === 'enrolled';
      return answered && JSON.stringify(now) !== JSON.stringify(before);
    });
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
