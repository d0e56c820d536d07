// The app: the element with everything in it, set up by the page's address.
import '../../components/readouts/notice-box.ts';
import '../../components/controls/page-nav.ts';
import '../../elements/target-extractor/target-extractor.ts';
import { readOptions } from './options.ts';

const options = readOptions(location.href);
const element = document.querySelector('target-extractor')!;
element.backend = options.backend;
element.slackMs = options.slackMs;
element.model = options.modelUrl;
for (const complaint of options.complaints) {
  const notice = document.createElement('notice-box');
  notice.heading = 'Good to know.';
  notice.text = complaint;
  element.before(notice);
}
