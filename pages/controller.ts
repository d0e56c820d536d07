// What the page's buttons do: serves the elements' requests one after the other, with the extractor, and keeps the state they show.
import { NO_ENROLLMENT, SILENCE } from '../components/app-state.ts';
import type { Source } from '../components/app-state.ts';
import { onRequest } from '../components/events.ts';
import type { RequestDetails, RequestName } from '../components/events.ts';
import type { ExtractorApp } from '../components/extractor-app.ts';
import type { Extractor } from '../src/index.ts';
import { demoFile } from './demo.ts';
import { Enroller } from './enroller.ts';
import type { Voice } from './enroller.ts';
import { LiveRun } from './live-run.ts';
import type { PageOptions } from './options.ts';
import { sentence } from './sentence.ts';
import { ExtractorLoader } from './extractor-loader.ts';
import { Store } from './store.ts';

type Served = { readonly [Name in RequestName]: (detail: RequestDetails[Name]) => void | Promise<void> };

const DEMO_LABEL = 'The demonstration’s voice';

export class Controller {
  readonly #store: Store;
  readonly #loader: ExtractorLoader;
  readonly #enroller: Enroller;
  /** Each input keeps its own voice. */
  readonly #voices: Record<Source, Voice | null> = { microphone: null, demo: null };
  #run: LiveRun | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(app: ExtractorApp, options: PageOptions) {
    this.#store = new Store((state) => {
      app.state = state;
    });
    this.#loader = new ExtractorLoader(this.#store, options);
    this.#enroller = new Enroller(this.#store, app.enrollSeconds);
    options.complaints.forEach((complaint) => this.#store.notice(complaint));
    const served: Served = {
      'model-retry-request': () => this.#load(),
      'enroll-record-request': () => this.#recordVoice(),
      'enroll-stop-request': () => this.#finishVoice(),
      'enroll-cancel-request': () => this.#enroller.cancel(),
      'enroll-file-request': (file) => this.#enrollFile(file),
      'source-request': (source) => this.#choose(source),
      'demo-request': () => this.#playDemo(),
      'start-request': () => this.#start(),
      'stop-request': () => this.#stop(),
      'bypass-request': (bypass) => this.#setBypass(bypass),
      'monitor-request': (monitor) => this.#setMonitor(monitor),
      'recording-request': (recording) => this.#setRecording(recording),
    };
    for (const name of Object.keys(served) as RequestName[]) this.#serve(app, name, served);
    this.#inTurn(() => this.#load());
  }

  #serve<Name extends RequestName>(app: ExtractorApp, name: Name, served: Served): void {
    const action = served[name];
    onRequest(app, name, (detail) => this.#inTurn(async () => action(detail)));
  }

  /** One request after the other; whatever goes wrong is shown, and the next one is served all the same. */
  #inTurn(action: () => Promise<void>): void {
    this.#last = this.#last.then(action).catch((error) => this.#store.set({ runError: sentence(error) }));
  }

  get #extractor(): Extractor {
    return this.#loader.extractor!;
  }

  async #load(): Promise<void> {
    if (!(await this.#loader.load())) return;
    this.#extractor.on('recovered', ({ backend, reason }) => {
      this.#store.setStats({ backend, backendReason: reason });
      this.#store.notice(`Another backend computes from now on: ${reason}`);
    });
    this.#extractor.on('error', ({ error }) => this.#inTurn(() => this.#stop(error)));
  }

  async #recordVoice(): Promise<void> {
    await this.#choose('microphone');
    await this.#enroller.record(this.#extractor, () => this.#inTurn(() => this.#finishVoice()));
  }

  async #finishVoice(): Promise<void> {
    await this.#use('microphone', await this.#enroller.finish(this.#extractor));
  }

  async #enrollFile(file: File): Promise<void> {
    await this.#choose('microphone');
    await this.#use(
      'microphone',
      await this.#enroller.enrollFile(this.#extractor, () => file.arrayBuffer(), file.name),
    );
  }

  /** From now on `voice` is the one of `source`; nothing changes where there is none. */
  async #use(source: Source, voice: Voice | null): Promise<void> {
    if (voice === null) return;
    this.#voices[source] = voice;
    if (this.#store.state.source === source) await this.#extractor.setClue(voice.embedding);
  }

  /** Another input: with its own voice, silent again if it is the microphone. */
  async #choose(source: Source): Promise<void> {
    if (this.#store.state.source === source) return;
    await this.#stop();
    this.#store.set({
      source,
      monitor: source === 'demo',
      runError: null,
      enrollment: this.#voices[source]?.shown ?? NO_ENROLLMENT,
    });
  }

  async #playDemo(): Promise<void> {
    await this.#choose('demo');
    await this.#start();
  }

  async #start(): Promise<void> {
    await this.#stop();
    const { source } = this.#store.state;
    this.#store.set({ run: 'starting', runError: null });
    try {
      if (source === 'demo' && this.#voices.demo === null)
        await this.#use(
          'demo',
          await this.#enroller.enrollFile(this.#extractor, () => demoFile('enrollment.wav'), DEMO_LABEL),
        );
      const voice = this.#voices[source];
      if (voice === null) {
        this.#store.set({ run: 'stopped' });
        return;
      }
      await this.#extractor.setClue(voice.embedding);
      this.#run = await LiveRun.start(this.#store, this.#extractor, source, (error) =>
        this.#inTurn(() => this.#stop(error)),
      );
      this.#store.set({ run: 'running' });
    } catch (error) {
      this.#store.set({ run: 'stopped', runError: sentence(error) });
    }
  }

  /** Stops what runs; `why` is shown. */
  async #stop(why?: Error): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    await run?.stop();
    if (run !== undefined)
      this.#store.set({ run: 'stopped', late: false, recording: false, input: SILENCE, output: SILENCE });
    if (why !== undefined) this.#store.set({ runError: sentence(why) });
  }

  #setBypass(bypass: boolean): void {
    if (this.#loader.extractor !== undefined) this.#extractor.bypass = bypass;
    this.#store.set({ bypass });
  }

  #setMonitor(monitor: boolean): void {
    this.#run?.monitor(monitor);
    this.#store.set({ monitor });
  }

  async #setRecording(recording: boolean): Promise<void> {
    this.#store.set({ recording });
    if (recording) await this.#run?.record();
    else await this.#run?.finishRecording();
  }
}
