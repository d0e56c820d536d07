// Types of run.js, for tests in TypeScript.
export interface EnduranceOptions {
  readonly executablePath: string;
  readonly seconds: number;
  readonly everySeconds: number;
  readonly request: {
    readonly rateHz: number;
    readonly backend: string;
    readonly slackMs: number;
    readonly modelUrl: string;
  };
  onReading?(reading: unknown, first?: unknown): void;
}

/** What summary.js understands. */
export interface EnduranceRun {
  readonly readings: readonly unknown[];
}

export function endure(options: EnduranceOptions): Promise<EnduranceRun>;
