// Types of the events that an element fires itself, beside those that every element has.

type EventsOf<Own> = Own & Omit<HTMLElementEventMap, keyof Own>;

/** Of addEventListener and removeEventListener. `Own`: the element's own events by their names. */
export interface Listen<Target, Own> {
  <Name extends keyof EventsOf<Own>>(
    name: Name,
    listener: (this: Target, event: EventsOf<Own>[Name]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  (
    name: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
}
