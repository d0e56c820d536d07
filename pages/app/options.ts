// What the page's address says: ?backend=webgpu&slackMs=12&model=models/other
import { BACKEND_CHOICES, MAX_SLACK_MS, type BackendChoice } from '../../src/index.ts';

export interface PageOptions {
  readonly backend: BackendChoice;
  /** Time to compute in, part of the delay; undefined: as much as the device needs. */
  readonly slackMs: number | undefined;
  readonly modelUrl: string;
  /** What could not be understood, in sentences. */
  readonly complaints: readonly string[];
}

const DEFAULT_MODEL = 'models/speaker-base';

/** Reads the page's options. What is not understood is told and ignored. */
export function readOptions(address: string): PageOptions {
  const url = new URL(address);
  const complaints: string[] = [];
  const backend = url.searchParams.get('backend') ?? 'auto';
  if (!isBackend(backend))
    complaints.push(
      `There is no backend “${backend}”: the address may name auto, webgpu, wasm or reference. Using auto.`,
    );
  const slack = url.searchParams.get('slackMs');
  const slackMs = slack === null ? undefined : Number(slack);
  const slackIsGood = slackMs === undefined || (slack !== '' && slackMs >= 0 && slackMs <= MAX_SLACK_MS);
  if (!slackIsGood)
    complaints.push(
      `slackMs=${slack} is not a number from 0 to ${MAX_SLACK_MS}. Using what the device needs.`,
    );
  const model = new URL(url.searchParams.get('model') ?? DEFAULT_MODEL, url);
  const modelIsHere = model.origin === url.origin;
  if (!modelIsHere)
    complaints.push(
      `This page takes models from its own address only, not from ${model.origin}. Using the built-in one.`,
    );
  return {
    backend: isBackend(backend) ? backend : 'auto',
    slackMs: slackIsGood ? slackMs : undefined,
    modelUrl: (modelIsHere ? model : new URL(DEFAULT_MODEL, url)).href,
    complaints,
  };
}

function isBackend(name: string): name is BackendChoice {
  return (BACKEND_CHOICES as readonly string[]).includes(name);
}
