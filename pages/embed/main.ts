// The embed example: the code that is shown is the code that runs.
import '../../components/readouts/level-meter.ts';
import type { LevelMeter } from '../../components/readouts/level-meter.ts';
import '../../components/controls/page-nav.ts';
import { unlessDisabled } from '../../components/shared/unless-disabled.ts';
import '../../elements/index.ts';
import { sentence } from '../../elements/shared/sentence.ts';
import { readOptions } from '../app/options.ts';
import { call } from './call.ts';
import callSource from './call.ts?raw';
import { FarEnd } from './far-end.ts';
import { GERMAN } from './german.ts';
import germanSource from './german.ts?raw';
import lookSource from './look.css?raw';

const TAG = `import 'crossmamba-web/elements';

<target-extractor>
</target-extractor>`;
const LANGUAGE_USE = "\ndocument.querySelector('target-extractor').texts = GERMAN;\n";

const find = <Kind extends HTMLElement>(id: string) => document.getElementById(id) as Kind;
const show = (id: string, code: string) => (find(id).textContent = code.trim());

show('tag-code', TAG);
show('call-code', callSource.replace(/^\/\/.*\n/, ''));
show('look-code', lookSource);
show(
  'language-code',
  germanSource.replace(/^import.*\n+/, '').replace(/: TargetExtractor\S+/, '') + LANGUAGE_USE,
);

const element = document.querySelector('target-extractor')!;
const options = readOptions(location.href);
element.backend = options.backend;
element.slackMs = options.slackMs;
element.model = options.modelUrl;

const look = new CSSStyleSheet();
look.replaceSync(lookSource);
find<HTMLInputElement>('look-switch').addEventListener('change', ({ target }) => {
  document.adoptedStyleSheets = (target as HTMLInputElement).checked ? [look] : [];
});
find<HTMLInputElement>('language-switch').addEventListener('change', ({ target }) => {
  const isGerman = (target as HTMLInputElement).checked;
  element.texts = isGerman ? GERMAN : {};
  element.lang = isGerman ? 'de' : 'en';
});

const button = find<HTMLButtonElement>('call-button');
const farEnd = new FarEnd(find<HTMLAudioElement>('far'), find<LevelMeter>('far-level'));
let hangUp: (() => void) | undefined;
element.addEventListener('ready', () => (button.disabled = false));
button.addEventListener(
  'click',
  unlessDisabled(async () => {
    button.ariaDisabled = 'true';
    find('call-status').textContent = await (hangUp === undefined ? begin() : end());
    button.textContent = hangUp === undefined ? 'Call' : 'Hang up';
    button.ariaDisabled = 'false';
  }),
);

async function begin(): Promise<string> {
  try {
    const { heard, ...ends } = await call(element.track!);
    farEnd.hear(heard);
    hangUp = ends.hangUp;
    return 'In a call. Start the extractor, or play the demonstration.';
  } catch (error) {
    return `There is no call: ${sentence(error)}`;
  }
}

function end(): string {
  hangUp!();
  hangUp = undefined;
  farEnd.stop();
  return 'The call is over.';
}
