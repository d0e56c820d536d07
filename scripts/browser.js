// Finds a Chrome or Chromium for the tests, else gets one, else says in one line what to do.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import {
  Browser,
  detectBrowserPlatform,
  getInstalledBrowsers,
  install,
  resolveBuildId,
} from '@puppeteer/browsers';

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

/** Where a downloaded one is kept, beside Puppeteer's. */
const CACHE = path.join(homedir(), '.cache', 'puppeteer');

function given() {
  const { CHROME_PATH } = process.env;
  if (CHROME_PATH && !existsSync(CHROME_PATH))
    throw new Error(`CHROME_PATH names ${CHROME_PATH}, which does not exist.`);
  return CHROME_PATH;
}

function inItsPlace() {
  return PLACES.find((place) => existsSync(place));
}

function installFromDebian() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  const options = { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  spawnSync('apt-get', ['update', '-qq'], options);
  spawnSync('apt-get', ['install', '-y', '-qq', 'chromium'], options);
  return inItsPlace();
}

async function downloaded() {
  const browsers = await getInstalledBrowsers({ cacheDir: CACHE });
  return browsers.find(({ browser }) => browser === Browser.CHROME)?.executablePath;
}

async function download() {
  try {
    const buildId = await resolveBuildId(Browser.CHROME, detectBrowserPlatform(), 'stable');
    const { executablePath } = await install({ browser: Browser.CHROME, buildId, cacheDir: CACHE });
    return executablePath;
  } catch (error) {
    console.error(`Chrome could not be downloaded: ${error.message}`);
  }
}

/** Path of a Chrome or Chromium: the first of `ways` that has one. */
export async function findBrowser(ways = [given, inItsPlace, downloaded, installFromDebian, download]) {
  for (const way of ways) {
    const executable = await way();
    if (executable) return executable;
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
