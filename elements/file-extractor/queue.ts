// Files to extract, one after the other: each waits for an extractor and a voice, and can be cancelled, tried again and removed.
import type { FileState } from '../../components/files/file-state.ts';
import { clueFits } from '../../src/clue-fit.ts';
import type { Clue, Extractor } from '../../src/index.ts';
import { extractFile } from './extraction.ts';
import type { Cut } from './extraction.ts';
import { ResultWriter } from './result.ts';
import type { FileResult } from './result.ts';
import { openSource } from '../shared/file-source.ts';
import { sentence } from '../shared/sentence.ts';

export interface Voice extends Clue {
  readonly name: string;
}

/** What the queue needs of the element. */
export interface QueueHost {
  readonly extractor: Extractor | null;
  /** For files that have none of their own. */
  readonly voice: Voice | null;
  readonly cut: Cut | undefined;
  /** Something is another way now. */
  onQueueChange(): void;
  onDone(state: FileState, result: FileResult): void;
}

interface Job {
  readonly file: File;
  readonly voice: Voice | null;
  state: FileState;
  result: FileResult | null;
}

export class FileQueue {
  readonly #host: QueueHost;
  readonly #jobs = new Map<number, Job>();
  #running: { readonly id: number; readonly abort: AbortController } | undefined;
  #nextId = 1;

  constructor(host: QueueHost) {
    this.#host = host;
  }

  get states(): readonly FileState[] {
    return [...this.#jobs.values()].map(({ state }) => state);
  }

  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  result(id: number): FileResult | null {
    return this.#jobs.get(id)?.result ?? null;
  }

  /** `voice`: null for the one that is chosen when its turn comes. */
  add(file: File, voice: Voice | null = null): void {
    const state = { id: this.#nextId++, name: file.name, voice: voice?.name ?? null, ...FRESH };
    this.#jobs.set(state.id, { file, voice, state, result: null });
    this.#changed();
  }

  cancel(id: number): void {
    const running = this.#running;
    // One that begins again waits, though what runs of it has not ended yet.
    if (running?.id === id && !running.abort.signal.aborted) running.abort.abort();
    else if (this.#jobs.get(id)?.state.phase === 'waiting') this.#set(id, { phase: 'cancelled' });
  }

  retry(id: number): void {
    const job = this.#jobs.get(id);
    if (job === undefined || !['failed', 'cancelled'].includes(job.state.phase)) return;
    this.#set(id, { ...FRESH, voice: job.voice?.name ?? null });
  }

  remove(id: number): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    this.cancel(id);
    if (job.state.result !== null) URL.revokeObjectURL(job.state.result.url);
    this.#jobs.delete(id);
    this.#changed();
  }

  /** Another voice or another extractor: what runs with the one before begins again, what waited may go on. */
  restart(): void {
    const running = this.#running;
    running?.abort.abort();
    const job = running && this.#jobs.get(running.id);
    if (running && job) this.#set(running.id, { ...FRESH, voice: job.voice?.name ?? null });
    else this.#changed();
  }

  clear(): void {
    for (const id of [...this.#jobs.keys()]) this.remove(id);
  }

  /** Begins the next one that can. */
  #pump(): void {
    const { extractor } = this.#host;
    if (this.#running !== undefined || extractor === null) return;
    for (const [id, job] of this.#jobs) {
      const voice = job.voice ?? this.#chosenFor(extractor);
      if (job.state.phase !== 'waiting' || voice === null) continue;
      const abort = new AbortController();
      this.#running = { id, abort };
      void this.#run(id, job, voice, extractor, abort.signal);
      return;
    }
  }

  /** The voice that is chosen; null while it is another model's, for which another one is chosen soon. */
  #chosenFor({ report }: Extractor): Voice | null {
    const { voice } = this.#host;
    return voice !== null && clueFits(voice, report) ? voice : null;
  }

  async #run(id: number, job: Job, voice: Voice, extractor: Extractor, signal: AbortSignal): Promise<void> {
    // Whoever began it again, or removed it, has given it another state since.
    const set = (change: Partial<FileState>) => {
      if (!signal.aborted) this.#set(id, change);
    };
    try {
      set({ phase: 'reading', voice: voice.name });
      const source = await openSource(job.file);
      const { rateHz, samples, channels } = source;
      signal.throwIfAborted();
      set({ phase: 'extracting', facts: { seconds: samples / rateHz, rateHz, channels } });
      await extractor.setClue(voice);
      const writer = new ResultWriter(rateHz, samples);
      const startMs = performance.now();
      const speedAt = (doneS: number) => (1000 * doneS) / (performance.now() - startMs);
      await extractFile(extractor, source, {
        signal,
        cut: this.#host.cut,
        onProgress: (share, doneS) => set({ share, speed: speedAt(doneS) }),
        onSamples: (mixture, estimate) => writer.add(mixture, estimate),
      });
      const result = writer.finish();
      job.result = result;
      const { estimate, waveforms } = result;
      const url = URL.createObjectURL(estimate);
      const saveName = `${job.file.name.replace(/\.[^.]*$/, '')}-voice.wav`;
      const speed = speedAt(samples / rateHz);
      set({ phase: 'done', share: 1, speed, result: { waveforms, url, saveName } });
      this.#host.onDone(job.state, result);
    } catch (error) {
      if (signal.aborted) {
        if (job.state.phase !== 'waiting') this.#set(id, { phase: 'cancelled', share: 0, speed: null });
      } else set({ phase: 'failed', error: sentence(error) });
    } finally {
      // Who uses the extractor elsewhere finds the voice that was chosen.
      const { voice: chosen } = this.#host;
      if (job.voice !== null && chosen !== null) void extractor.setClue(chosen).catch(() => {});
      this.#running = undefined;
      this.#changed();
    }
  }

  #set(id: number, change: Partial<FileState>): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    job.state = { ...job.state, ...change };
    this.#changed();
  }

  #changed(): void {
    this.#pump();
    this.#host.onQueueChange();
  }
}

const FRESH = {
  phase: 'waiting',
  share: 0,
  speed: null,
  facts: null,
  error: null,
  result: null,
} as const;
