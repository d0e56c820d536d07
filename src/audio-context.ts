// The audio context: made, brought to run, and watched while it should run.
import { MAX_RATE_HZ, MIN_RATE_HZ } from './shared/audio-constants.ts';
import { AudioContextError } from './shared/errors.ts';
import { within } from './shared/platform.ts';

const RESUMED_WITHIN_MS = 3000;
const CLOSED_WITHIN_MS = 1000;

/** Throws AudioContextError where there is none to be had: an old browser, Node, a rate out of range. */
export function createContext(
  latencyHint: AudioContextLatencyCategory | number = 0,
  rateHz?: number,
): AudioContext {
  if (typeof AudioContext !== 'function')
    throw new AudioContextError('is missing', {
      where: 'AudioContext',
      expected: `a browser with Web Audio at ${MIN_RATE_HZ} to ${MAX_RATE_HZ} Hz`,
      got: typeof navigator === 'undefined' ? 'no browser' : navigator.userAgent,
      remedy: 'Call createExtractor in a page, not on a server',
    });
  try {
    return new AudioContext({ latencyHint, sampleRate: rateHz });
  } catch (error) {
    throw new AudioContextError('cannot be made', {
      where: 'AudioContext',
      expected: `a rate from ${MIN_RATE_HZ} to ${MAX_RATE_HZ} Hz and a latency hint that the browser knows`,
      got: String(error),
    });
  }
}

/** Resolves when it runs. Throws AudioContextError where it is closed, or where the browser does not let it run. */
export async function resumeContext(context: AudioContext): Promise<void> {
  if (context.state === 'running') return;
  if (context.state === 'closed') throw closedContext();
  let refusal = '';
  const refused = (error: unknown) => {
    refusal = ` (${String(error)})`;
    return false;
  };
  if (
    await within(
      RESUMED_WITHIN_MS,
      context.resume().then(() => true, refused),
      false,
    )
  )
    return;
  throw new AudioContextError('does not run', {
    where: 'AudioContext',
    expected: "state 'running'",
    got: `state '${context.state}'${refusal}`,
    remedy: 'Start from a click or a key, and check that there is an audio output',
  });
}

export function closedContext(): AudioContextError {
  return new AudioContextError('is closed', { where: 'AudioContext', remedy: 'Create another extractor' });
}

/** Never rejects, nor waits for ever: what follows (an error that the user must see) does not depend on the browser's sound system. */
export async function closeContext(context: AudioContext): Promise<void> {
  if (context.state === 'closed') return;
  await within(
    CLOSED_WITHIN_MS,
    context.close().catch(() => {}),
    undefined,
  );
}

export interface ContextWatcher {
  onInterrupted(why: string): void;
  onResumed(): void;
  onClosed(error: AudioContextError): void;
}

/** Not in the types yet: an output device of one's choice. */
type WithSink = AudioContext & { readonly sinkId?: unknown; setSinkId?(sinkId: string): Promise<void> };

/**
 * Tells when a context that should run is halted (a phone call, another tab's sound, an output that is gone) and when it is back.
 * `resumes`: also bring it back, at once and with everything that may make the browser agree. Returns what stops the watching.
 */
export function watchContext(
  context: AudioContext,
  resumes: boolean,
  { onInterrupted, onResumed, onClosed }: ContextWatcher,
): () => void {
  const watching = new AbortController();
  let retrying: AbortController | undefined;
  let outputFailed = false;

  const resume = () => void context.resume().catch(() => {});
  const retry = () => {
    retrying = new AbortController();
    const { signal } = retrying;
    const occasions: [EventTarget | undefined, string][] = [
      [document, 'visibilitychange'],
      [window, 'pointerdown'],
      [window, 'keydown'],
      [navigator.mediaDevices as MediaDevices | undefined, 'devicechange'],
    ];
    for (const [target, occasion] of occasions) target?.addEventListener(occasion, resume, { signal });
    resume();
  };
  const look = () => {
    if (context.state === 'closed') {
      stop();
      onClosed(
        new AudioContextError('was closed while the extractor ran', {
          where: 'AudioContext',
          remedy: 'Stop the extractor first; create another one to go on',
        }),
      );
    } else if (context.state === 'running') {
      if (retrying === undefined) return;
      retrying.abort();
      retrying = undefined;
      outputFailed = false;
      onResumed();
    } else if (retrying === undefined) {
      const why = outputFailed ? 'its output device failed' : `its state is '${context.state}'`;
      onInterrupted(`the browser halted the audio context: ${why}`);
      if (resumes) retry();
      else retrying = new AbortController();
    } else if (resumes) resume();
  };
  const fallBack = () => {
    outputFailed = true;
    const { sinkId, setSinkId } = context as WithSink;
    // The device that the page chose is gone: the system's own is there.
    if (resumes && sinkId !== undefined && sinkId !== '') setSinkId?.call(context, '').then(resume, resume);
  };
  const stop = () => {
    watching.abort();
    retrying?.abort();
  };
  context.addEventListener('statechange', look, { signal: watching.signal });
  context.addEventListener('error', fallBack, { signal: watching.signal });
  look();
  return stop;
}
