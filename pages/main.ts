// The page's entry.
import '../components/extractor-app.ts';
import { Controller } from './controller.ts';
import { readOptions } from './options.ts';

new Controller(document.querySelector('extractor-app')!, readOptions(location.href));
