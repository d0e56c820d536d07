// What axe-core finds on a page, in light and dark.
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { expect } from 'vitest';
import type { App } from './app.ts';

export async function expectAccessible({ page }: App): Promise<void> {
  await page.addScriptTag({ path: createRequire(import.meta.url).resolve('axe-core') });
  for (const value of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);
    const violations = await page.evaluate(async () => {
      const axe = (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe;
      return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
    });
    expect(violations, value).toEqual([]);
  }
}
