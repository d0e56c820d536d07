/** Tasks one after the other, in the order in which they were given; one that fails keeps none that comes after. */
export class InOrder {
  #last: Promise<unknown> = Promise.resolve();

  /** Settles as the task does. */
  run<Value>(task: () => Promise<Value>): Promise<Value> {
    const done = this.#last.then(task);
    this.#last = done.catch(() => {});
    return done;
  }
}
