// The files page: an extractor as the address asks for it, and the element that takes files.
import '../../components/readouts/notice-box.ts';
import '../../components/controls/page-nav.ts';
import '../../elements/file-extractor/file-extractor.ts';
import { OwnExtractor } from '../../elements/shared/own-extractor.ts';
import type { LoadState } from '../../elements/shared/own-extractor.ts';
import { sentence } from '../../elements/shared/sentence.ts';
import { TARGET_EXTRACTOR_TEXTS } from '../../elements/target-extractor/texts.ts';
import { readOptions } from '../app/options.ts';

const texts = TARGET_EXTRACTOR_TEXTS;
const notices = document.querySelector('#notices')!;
const loading = document.querySelector<HTMLElement>('#loading')!;
const element = document.querySelector('file-extractor')!;

function notice(kind: 'notice' | 'error', heading: string, text: string): HTMLElement {
  const box = document.createElement('notice-box');
  Object.assign(box, { kind, heading, text });
  notices.append(box);
  return box;
}

function show({ phase, share, error }: LoadState): void {
  loading.hidden = phase !== 'loading';
  loading.querySelector('label')!.textContent = texts.loading(share);
  const bar = loading.querySelector('progress')!;
  if (share === null) bar.removeAttribute('value');
  else bar.value = share;
  if (error === null) return;
  const box = notice('error', texts.loadingFailed, sentence(error));
  const button = document.createElement('button');
  Object.assign(button, { type: 'button', textContent: texts.tryAgain });
  button.addEventListener('click', () => {
    box.remove();
    void load();
  });
  box.append(button);
}

const { backend, slackMs, modelUrl, complaints } = readOptions(location.href);
const own = new OwnExtractor(show);

async function load(): Promise<void> {
  const loaded = await own.load({ backend, slackMs, modelUrl });
  if (loaded === null) return;
  const { extractor, backendError } = loaded;
  if (backendError !== null) notice('notice', texts.goodToKnow, texts.otherBackend(sentence(backendError)));
  element.extractor = extractor;
}

for (const complaint of complaints) notice('notice', texts.goodToKnow, complaint);
await load();
