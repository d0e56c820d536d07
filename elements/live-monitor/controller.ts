// Runs an extractor for <live-monitor> and watches it: one wish after the other, and what becomes of it as a LiveState.
import { AbortError, type BackendChoice, type Extractor, type ExtractorStats } from '../../src/index.ts';
import { LiveGraph } from './graph.ts';
import { lastStats } from './last-stats.ts';
import { LiveRecording } from './recording.ts';
import { unlessAborted } from '../../src/unless-aborted.ts';
import type { LiveSource, OpenSource } from './source.ts';
import { AT_REST, INITIAL_LIVE_STATE } from './state.ts';
import type { LiveState } from './state.ts';
import { LiveWatch } from './watch.ts';
import { releaseTake } from './take.ts';

export class LiveController {
  state: LiveState = INITIAL_LIVE_STATE;
  readonly graph: LiveGraph;
  /** False: it is known that nobody is enrolled. */
  hasVoice = true;
  readonly #extractor: Extractor;
  readonly #onChange: (state: LiveState) => void;
  readonly #listening = new AbortController();
  readonly #watch: LiveWatch;
  #source: OpenSource | undefined;
  #recording: LiveRecording | undefined;
  /** The start that is under way. */
  #starting: AbortController | undefined;
  #last: Promise<void> = Promise.resolve();

  /** `onChange` is called whenever `state` is another one. */
  constructor(extractor: Extractor, onChange: (state: LiveState) => void) {
    this.#extractor = extractor;
    this.#onChange = onChange;
    this.graph = new LiveGraph(extractor);
    this.#watch = new LiveWatch(extractor, (look) => this.set(look));
    const { signal } = this.#listening;
    extractor.on('statechange', ({ state }) => this.#follow(state), { signal });
    extractor.on('stats', (stats) => this.#take(stats), { signal });
    extractor.on('error', ({ error }) => this.set({ error }), { signal });
    extractor.on(
      'interruption',
      ({ state, why }) => this.set({ interruption: state === 'interrupted' ? why : null }),
      { signal },
    );
    extractor.on(
      'backendchange',
      ({ reason, lost }) => {
        if (lost) this.set({ takenOver: reason });
      },
      { signal },
    );
    extractor.on('latencychange', ({ latencyMs, why }) => this.set({ latencyChange: { latencyMs, why } }), {
      signal,
    });
    // At a start it is only what was asked for.
    extractor.on(
      'inputchange',
      ({ label, why }) => {
        if (this.state.run === 'running') this.set({ inputChange: { label, why } });
      },
      { signal },
    );
    this.#follow(extractor.state);
  }

  /** Who shows another extractor has nothing to do with this one any more. */
  get #isReleased(): boolean {
    return this.#listening.signal.aborted;
  }

  /** `source` null: the microphone that was chosen. What ran before ends. */
  start(source: LiveSource | null): Promise<void> {
    if (this.#starting !== undefined) this.#letGo();
    return this.#inTurn(() => this.#start(source));
  }

  /** At once, whatever is under way: a start that waits for the user's permission, or a change of the backend. */
  stop(): Promise<void> {
    if (this.#starting !== undefined || this.state.switching) this.#letGo();
    return this.#inTurn(() => this.#stop(), true);
  }

  setBypass(bypass: boolean): void {
    this.#extractor.bypass = bypass;
    this.set({ bypass });
  }

  setLimit(limitDb: number): void {
    this.#extractor.attenuationLimitDb = limitDb;
    this.set({ limitDb });
  }

  setListen(listen: boolean): void {
    this.graph.listen(listen);
    this.set({ listen });
  }

  setRecording(recording: boolean): Promise<void> {
    this.set({ recording });
    return this.#inTurn(async () => {
      if (!recording) await this.#finishRecording();
      else if (this.state.run === 'running') await this.#record();
    });
  }

  /** A run with a microphone goes on with the new one. */
  setDevice(deviceId: string): Promise<void> {
    this.set({ deviceId });
    return this.#inTurn(async () => {
      const { run, input, listen } = this.state;
      if (run === 'running' && input === 'microphone') await this.#start(null, listen);
    });
  }

  setBackend(backend: BackendChoice): Promise<void> {
    return this.#inTurn(async () => {
      this.set({ switching: true, takenOver: null, notSwitched: null });
      try {
        await this.#extractor.setBackend(backend);
        this.set({ backend });
      } catch (error) {
        // What computed before goes on.
        this.set({ notSwitched: error as Error });
      } finally {
        this.set({ switching: false });
      }
    });
  }

  /** Lets go of the graph; the extractor goes on, except for a source that was opened here. */
  release(): void {
    this.#listening.abort();
    this.#starting?.abort(new AbortError('the extractor is shown no more', { where: 'live-monitor' }));
    this.#watch.stop();
    this.#source?.close();
    void this.#finishRecording().catch(() => {});
    this.graph.release();
    releaseTake(this.state.take);
  }

  set(change: Partial<LiveState>): void {
    if (this.#isReleased) return;
    this.state = { ...this.state, ...change };
    this.state = { ...this.state, status: this.#watch.judge(this.state, this.hasVoice) };
    this.#onChange(this.state);
  }

  /** `listen`: whether it is played aloud; by default a source is, and a microphone where that was asked for since the last run. */
  async #start(source: LiveSource | null, listen?: boolean): Promise<void> {
    const { signal } = (this.#starting = new AbortController());
    if (this.state.run === 'running') await this.#stop();
    if (this.#isReleased) return;
    const input = source === null ? 'microphone' : 'source';
    this.set({ run: 'starting', input, error: null, inputChange: null });
    this.setListen(listen ?? (source !== null || this.state.listen));
    try {
      // Before the extractor, so that the recording holds its very first sample.
      if (this.state.recording && !signal.aborted) await this.#record();
      signal.throwIfAborted();
      this.#source = source === null ? undefined : await this.#opened(source, signal);
      const { deviceId } = this.state;
      await this.#extractor.start(this.#source?.node ?? (deviceId === '' ? undefined : { deviceId }));
      // One that was closed meanwhile brings nothing.
      if (this.#isReleased && source !== null) await this.#extractor.stop();
      else this.#source?.begin?.();
    } catch (error) {
      await this.#stop();
      // Who stopped it knows.
      if (!(error instanceof AbortError)) throw error;
    } finally {
      this.#starting = undefined;
    }
  }

  /** One that comes when nobody waits for it any more is closed. */
  async #opened(source: LiveSource, signal: AbortSignal): Promise<OpenSource> {
    const opening = source.open(this.#extractor.context, signal);
    try {
      return await unlessAborted(signal, opening);
    } catch (error) {
      opening.then(
        (late) => late.close(),
        () => {},
      );
      throw error;
    }
  }

  /** Ends what the wishes that wait would wait for. */
  #letGo(): void {
    this.#starting?.abort(new AbortError('was stopped before it ran', { where: 'live-monitor' }));
    void this.#extractor.stop();
  }

  async #stop(): Promise<void> {
    try {
      await this.#finishRecording();
      // After the recording, so that the losses shown are all that it can hold.
      const stats = this.#extractor.state === 'running' ? await lastStats(this.#extractor) : null;
      if (stats !== null) this.#take(stats);
    } finally {
      if (this.#extractor.state === 'running') await this.#extractor.stop();
      this.#rest();
    }
  }

  #follow(state: 'stopped' | 'running'): void {
    if (state === 'running') {
      this.#watch.start();
      this.set({ run: 'running' });
    }
    // While starting, the end is that of the run before.
    else if (this.state.run === 'running') {
      this.#rest();
      void this.#inTurn(() => this.#finishRecording());
    } else this.set({});
  }

  #rest(): void {
    this.#watch.stop();
    this.#source?.close();
    this.#source = undefined;
    // The next start may be with loudspeakers and a microphone, and would howl.
    this.setListen(false);
    this.set({ ...AT_REST, input: 'microphone' });
  }

  #take(stats: ExtractorStats): void {
    this.#watch.take(stats);
    this.set({ stats });
  }

  async #record(): Promise<void> {
    this.#recording ??= await LiveRecording.start(this.#extractor);
  }

  async #finishRecording(): Promise<void> {
    const recording = this.#recording;
    if (recording === undefined) return;
    this.#recording = undefined;
    this.set({ recording: false });
    const take = await recording.finish(this.state.stats?.startFrame);
    if (take === null) return;
    if (this.#isReleased) return releaseTake(take);
    releaseTake(this.state.take);
    this.set({ take });
  }

  /**
   * One wish after the other; whatever goes wrong is shown, and the next one is served all the same. `always`: also where the extractor is
   * shown no more by then.
   */
  #inTurn(wish: () => Promise<void>, always = false): Promise<void> {
    const unlessReleased = () => (this.#isReleased && !always ? undefined : wish());
    this.#last = this.#last.then(unlessReleased).catch((error: Error) => this.set({ error }));
    return this.#last;
  }
}
