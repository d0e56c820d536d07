// What tests of elements share: finding things through shadow roots, waiting for what is drawn, axe.
import 'axe-core';
import { expect } from 'chai';
import type { AxeResults } from 'axe-core';
import type { LitElement } from 'lit';

const axe = (globalThis as unknown as { axe: { run(root: Element): Promise<AxeResults> } }).axe;

/** Every element below `root` that matches, through shadow roots. */
export function find(root: ParentNode, selector: string): HTMLElement[] {
  const here = [...root.querySelectorAll<HTMLElement>(selector)];
  const below = [...root.querySelectorAll('*')].flatMap((element) =>
    element.shadowRoot ? find(element.shadowRoot, selector) : [],
  );
  return [...here, ...below];
}

/** The one element below `root` that matches. */
export function only<Kind extends HTMLElement = HTMLElement>(root: Element, selector: string): Kind {
  const found = find(root.shadowRoot ?? root, selector);
  expect(found, `elements that match ${selector}`).to.have.length(1);
  return found[0] as Kind;
}

/** All that is written below `root`. */
export function textOf(root: Element): string {
  const top = root.shadowRoot ?? root;
  const elements = find(top, '*').filter(({ tagName }) => !['STYLE', 'SCRIPT', 'OPTION'].includes(tagName));
  return [top, ...elements]
    .flatMap((parent) => [...parent.childNodes])
    .filter((node) => node.nodeType === Node.TEXT_NODE)
    .map((node) => node.textContent!.trim())
    .filter((text) => text !== '')
    .join(' ')
    .replace(/\s+/g, ' ');
}

/** Where the keyboard is, through shadow roots. */
export function focused(): Element | null {
  let here = document.activeElement;
  while (here?.shadowRoot?.activeElement) here = here.shadowRoot.activeElement;
  return here;
}

/** Waits until the browser has taken the focus from what cannot have it any more, which it does when it draws. */
export async function frames(): Promise<void> {
  for (let n = 0; n < 2; n++) await new Promise(requestAnimationFrame);
}

/** Waits until every element has drawn itself. */
export async function settled(root: LitElement): Promise<void> {
  for (let round = 0; round < 4; round++) {
    await root.updateComplete;
    await Promise.all(
      find(root.shadowRoot!, '*').map((element) => (element as unknown as LitElement).updateComplete),
    );
  }
}

/** No rule of accessibility is broken, in light and in dark. */
export async function expectAccessible(root: Element): Promise<void> {
  const page = document.documentElement;
  for (const scheme of ['light', 'dark']) {
    page.style.colorScheme = scheme;
    page.style.background = scheme === 'light' ? '#f6f5f1' : '#16181b';
    const { violations, passes } = await axe.run(root);
    expect(passes.length).to.be.greaterThan(3);
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`),
      scheme,
    ).to.deep.equal([]);
  }
  page.removeAttribute('style');
}
