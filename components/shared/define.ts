// Registers an element where there is a document; importing an element on a server does nothing.

/** Does nothing where there are no custom elements, or where the tag is taken (the script was loaded twice). */
export function define(tag: string, element: CustomElementConstructor): void {
  if (typeof customElements === 'undefined' || customElements.get(tag) !== undefined) return;
  customElements.define(tag, element);
}
