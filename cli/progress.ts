// A progress bar on standard error, where someone looks.
import { Presets, SingleBar } from 'cli-progress';

export class Progress {
  #bar: SingleBar | undefined;

  constructor(wanted: boolean) {
    if (wanted && process.stderr.isTTY)
      this.#bar = new SingleBar(
        {
          format: '{bar} {percentage} % | {eta_formatted} | {what}',
          clearOnComplete: true,
          hideCursor: true,
        },
        Presets.shades_classic,
      );
  }

  start(total: number): void {
    this.#bar?.start(total, 0, { what: '' });
  }

  update(done: number, what: string): void {
    this.#bar?.update(done, { what });
  }

  /** May be called more than once. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}
