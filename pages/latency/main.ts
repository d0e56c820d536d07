// The latency page: an extractor as the address asks for it, and the element that measures it.
import '../../components/readouts/notice-box.ts';
import '../../components/controls/page-nav.ts';
import { loadExtractor } from '../../elements/shared/extractor-loader.ts';
import '../../elements/latency-meter/latency-meter.ts';
import { sentence } from '../../elements/shared/sentence.ts';
import { readOptions } from '../app/options.ts';

const notices = document.querySelector('#notices')!;

function notice(kind: 'notice' | 'error', text: string): void {
  const box = document.createElement('notice-box');
  Object.assign(box, { kind, text });
  notices.append(box);
}

const { backend, slackMs, modelUrl, complaints } = readOptions(location.href);
complaints.forEach((complaint) => notice('notice', complaint));
try {
  const { extractor, backendError } = await loadExtractor({ backend, slackMs, modelUrl });
  if (backendError !== null) notice('notice', sentence(backendError));
  extractor.on('error', ({ error }) => notice('error', sentence(error)));
  document.querySelector('latency-meter')!.extractor = extractor;
} catch (error) {
  notice('error', sentence(error));
}
