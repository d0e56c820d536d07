// Which browser the tests run in.
import { afterEach, expect, it, vi } from 'vitest';
import { findBrowser } from '../../scripts/browser.js';

afterEach(() => vi.unstubAllEnvs());

it('is what was installed, where none was found', async () => {
  const tried: string[] = [];
  const way = (name: string, found?: string) => () => {
    tried.push(name);
    return found;
  };
  const ways = [way('found'), async () => way('installed')(), way('downloaded', '/chrome'), way('never')];
  expect(await findBrowser(ways)).toBe('/chrome');
  expect(tried).toEqual(['found', 'installed', 'downloaded']);
});

it('is told what to do where there is none', async () => {
  await expect(findBrowser([() => undefined])).rejects.toThrow(/install one, or set CHROME_PATH/);
});

it('is that of CHROME_PATH, which must exist', async () => {
  vi.stubEnv('CHROME_PATH', process.execPath);
  expect(await findBrowser()).toBe(process.execPath);
  vi.stubEnv('CHROME_PATH', '/nowhere/chrome');
  await expect(findBrowser()).rejects.toThrow('CHROME_PATH names /nowhere/chrome, which does not exist.');
});
