// Browser tests: a real Chromium, WebGPU by SwiftShader, a fake microphone.
import { esbuildPlugin } from '@web/dev-server-esbuild';
import { chromeLauncher } from '@web/test-runner-chrome';
import { findBrowser, browserFlags } from './scripts/browser.js';
import { defaultReporter } from '@web/test-runner';
import { countsReporter } from './scripts/browser-test-reporter.js';
import { textModulesForTestRunner } from './scripts/plugins.js';

/** Cross-origin isolation, for SharedArrayBuffer. */
function isolation() {
  return {
    name: 'isolation',
    transform(context) {
      context.set('Cross-Origin-Opener-Policy', 'same-origin');
      context.set('Cross-Origin-Embedder-Policy', 'require-corp');
      context.set('Cross-Origin-Resource-Policy', 'same-origin');
    },
  };
}

export default {
  files: 'test/browser/**/*.test.ts',
  nodeResolve: true,
  concurrency: 1,
  testsFinishTimeout: 600_000,
  testFramework: { config: { timeout: 120_000 } },
  plugins: [
    isolation(),
    textModulesForTestRunner(),
    esbuildPlugin({ ts: true, tsconfig: 'tsconfig.base.json' }),
  ],
  reporters: [defaultReporter(), countsReporter()],
  browsers: [
    chromeLauncher({ launchOptions: { executablePath: await findBrowser(), args: browserFlags() } }),
  ],
};
