// Finds a Chrome or Chromium for the tests, else gets one, else says in one line what to do.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/opt/google/chrome/chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

const HELP =
  'No Chrome or Chromium was found and none could be installed: install one, or set CHROME_PATH to its executable.';

function installed() {
  if (process.env.CHROME_PATH) {
    if (existsSync(process.env.CHROME_PATH)) return process.env.CHROME_PATH;
    throw new Error(`CHROME_PATH names ${process.env.CHROME_PATH}, which does not exist.`);
  }
  return PLACES.find((place) => existsSync(place)) ?? playwrightBrowser();
}

/** Playwright's own Chromium, where it has been downloaded before. */
function playwrightBrowser() {
  try {
    const executable = createRequire(import.meta.url)('playwright-core').chromium.executablePath();
    return existsSync(executable) ? executable : undefined;
  } catch {
    return undefined;
  }
}

function installFromDebian() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  const options = { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  spawnSync('apt-get', ['update', '-qq'], options);
  spawnSync('apt-get', ['install', '-y', '-qq', 'chromium'], options);
}

function downloadWithPlaywright() {
  spawnSync('npx', ['--yes', 'playwright-core', 'install', '--with-deps', 'chromium'], { stdio: 'inherit' });
}

/** Path of a Chrome or Chromium. */
export async function findBrowser() {
  for (const get of [() => {}, installFromDebian, downloadWithPlaywright]) {
    get();
    const found = installed();
    if (found) return found;
  }
  throw new Error(HELP);
}

/** Flags for a headless run that speaks to nobody, with WebGPU by SwiftShader and a fake microphone. */
export function browserFlags({ microphone } = {}) {
  return [
    '--no-sandbox',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-quic',
    '--no-first-run',
    '--enable-unsafe-webgpu',
    '--use-webgpu-adapter=swiftshader',
    '--enable-dawn-features=disable_workgroup_init', // compiles twice as fast; no kernel relies on it
    '--autoplay-policy=no-user-gesture-required',
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    ...(microphone ? [`--use-file-for-fake-audio-capture=${microphone}`] : []),
  ];
}

/** Version line of a browser, for reports. */
export function browserVersion(executable) {
  return execFileSync(executable, ['--version'], { encoding: 'utf8' }).trim();
}
