// What is done with the voices that are kept, one thing after the other: whom the extractor follows, and what is to be told of it.
import type { ClueEnrollerTexts } from '../../components/enroll/clue-enroller.texts.ts';
import { clueFileName, exportClue, importClue } from '../../src/clue-file.ts';
import type { StoredClue } from '../../src/clue-store.ts';
import type { Extractor } from '../../src/extractor.ts';
import { ClueMismatchError } from '../../src/shared/errors.ts';
import { download } from '../shared/download.ts';
import { sentence } from '../shared/sentence.ts';
import type { EnrollFlow, EnrollState } from './flow.ts';
import { misfit, type Notice } from './parts.ts';
import { Voices } from './voices.ts';

/** What the keeper needs of the element. */
export interface KeeperHost {
  readonly extractor: Extractor | null;
  readonly store: string;
  readonly keepRecordings: boolean;
  readonly isConnected: boolean;
  readonly state: EnrollState;
  /** Something that is shown is another way now. */
  requestUpdate(): void;
}

export interface KeeperOptions {
  readonly flow: EnrollFlow;
  texts(): ClueEnrollerTexts;
  /** Another voice, or none, is followed. */
  onChoice(): void;
}

export class Keeper {
  /** What went wrong. */
  failure: string | null = null;
  notice: Notice | null = null;
  /** What was done, for who does not see it. */
  message = '';
  readonly #host: KeeperHost;
  readonly #options: KeeperOptions;
  #voices: Voices | null = null;
  #last: Promise<void> = Promise.resolve();

  constructor(host: KeeperHost, options: KeeperOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** The voice that is followed. */
  get chosen(): StoredClue | null {
    return this.#voices?.chosen ?? null;
  }

  get clues(): readonly StoredClue[] {
    return this.#voices?.clues ?? [];
  }

  /** Ids of those of which a recording was kept. */
  get recorded(): ReadonlySet<string> {
    return this.#voices?.recorded ?? new Set();
  }

  /** The id of the one that is being enrolled again. */
  get renewing(): string | null {
    return this.#voices?.renewing ?? null;
  }

  get memoryOnlyBecause(): string | null {
    return this.#voices?.memoryOnlyBecause ?? null;
  }

  close(): void {
    void this.#voices?.close();
    this.#voices = null;
  }

  /** The voices of another store, from now on. */
  async reopen(): Promise<void> {
    await this.#inOrder(async () => {
      const before = this.chosen;
      this.close();
      if (before !== null) this.#options.onChoice();
    });
    await this.resume();
    this.#checkAddsTo();
  }

  /** With another extractor, or the first one: follows what was followed, and goes on with what waited. */
  async resume(): Promise<void> {
    const { extractor } = this.#host;
    await this.#guarded(async (voices) => {
      await voices.refresh();
      if (extractor === null) return;
      const { chosen: before, wanted } = voices;
      voices.chosen = null;
      try {
        if (wanted !== undefined) await this.#choose(wanted.id, extractor);
      } finally {
        const now = this.chosen;
        if (now?.id !== before?.id || now?.clueEncoder !== before?.clueEncoder) this.#options.onChoice();
      }
    });
    if (extractor !== null) await this.#options.flow.resume();
  }

  choose(id: string): Promise<void> {
    return this.#guarded(() => this.#follow(id));
  }

  /** What is being reviewed. `name`: of a new voice. */
  save(name: string): Promise<void> {
    return this.#guarded(async (voices) => {
      const { checked, addsTo } = this.#host.state;
      if (checked === null) return;
      const { embedding, clueEncoder, model, report, samples, rateHz } = checked;
      const recording = this.#host.keepRecordings ? { samples, rateHz } : undefined;
      const take = { embedding, clueEncoder, report, recording };
      const stored =
        addsTo === null ? await voices.add({ name, model, ...take }) : await voices.addTake(addsTo, take);
      await this.#options.flow.cancel();
      const { saved, added } = this.#options.texts();
      this.message = addsTo === null ? saved(stored.name) : added(stored.name);
      await this.#follow(stored.id);
    });
  }

  addTake(id: string): Promise<void> {
    return this.#guarded((voices) => this.#options.flow.cancel(voices.get(id).id));
  }

  removeTake(id: string): Promise<void> {
    return this.#guarded(async (voices) => {
      await voices.removeTake(id);
      await this.#options.flow.cancel();
      this.message = this.#options.texts().takeRemoved(voices.get(id).name);
      if (this.chosen?.id === id) await this.#follow(id);
    });
  }

  rename(id: string, name: string): Promise<void> {
    return this.#guarded(async (voices) => {
      await voices.rename(id, name);
      this.message = this.#options.texts().renamed(name);
      if (this.chosen?.id === id) this.#options.onChoice();
    });
  }

  delete(id: string): Promise<void> {
    return this.#guarded(async (voices) => {
      const { name } = voices.get(id);
      const wasChosen = this.chosen?.id === id;
      if (this.#host.state.addsTo === id) await this.#options.flow.cancel();
      await voices.delete(id);
      this.message = this.#options.texts().deleted(name);
      if (wasChosen) this.#options.onChoice();
    });
  }

  /** A voice that was exported. */
  import(file: File): Promise<void> {
    return this.#guarded(async (voices) => {
      const { id, name } = await voices.add(await importClue(file));
      const { extractor } = this.#host;
      if (extractor === null) {
        voices.want(id);
        this.message = this.#options.texts().savedForLater(name);
      } else if (await this.#choose(id, extractor)) this.message = this.#options.texts().saved(name);
      if (this.chosen?.id === id) this.#options.onChoice();
    });
  }

  export(id: string): void {
    const clue = this.#opened.get(id);
    download(exportClue(clue), clueFileName(clue));
  }

  /** Only what is done with the voices opens them, never what shows them: who is gone must leave nothing open. */
  get #opened(): Voices {
    return (this.#voices ??= new Voices(this.#host.store, {
      onRenewing: () => this.#host.requestUpdate(),
      onChangedElsewhere: () => void this.#refresh(),
    }));
  }

  /** What is told on this page stays. */
  #refresh(): Promise<void> {
    return this.#inOrder(async () => {
      const isOther = await this.#voices?.refreshChosen();
      this.#checkAddsTo();
      if (isOther) this.#options.onChoice();
    });
  }

  /** What was to be added to a voice that is not kept any more may become a new one. */
  #checkAddsTo(): void {
    const { addsTo } = this.#host.state;
    if (addsTo !== null && !this.clues.some(({ id }) => id === addsTo)) this.#options.flow.addToNobody();
  }

  /** Nothing happens before there is an extractor. */
  async #follow(id: string): Promise<void> {
    const { extractor } = this.#host;
    if (extractor !== null && (await this.#choose(id, extractor))) this.#options.onChoice();
  }

  /** Resolves to whether it is followed; where it does not fit, that is told. */
  async #choose(id: string, extractor: Extractor): Promise<boolean> {
    const texts = this.#options.texts();
    const clue = this.#opened.get(id);
    try {
      const isRenewed = await this.#opened.choose(id, extractor);
      if (isRenewed) this.notice = { heading: texts.renewed(clue.name), text: texts.renewedBecause };
      return true;
    } catch (error) {
      if (!(error instanceof ClueMismatchError)) throw error;
      this.notice = { heading: texts.notFollowed(clue.name), text: misfit(texts, clue, extractor.report) };
      return false;
    }
  }

  /** What was told before is over. */
  #guarded(task: (voices: Voices) => Promise<void>): Promise<void> {
    return this.#inOrder(() => {
      this.failure = null;
      this.notice = null;
      return task(this.#opened);
    });
  }

  /** What goes wrong is told. */
  #inOrder(task: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(async () => {
      try {
        await task();
      } catch (error) {
        this.failure = sentence(error);
      }
      if (!this.#host.isConnected) this.close();
      this.#host.requestUpdate();
    });
    return this.#last;
  }
}
