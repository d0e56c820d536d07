/** Ends a connection, or finds that it is over: the page may disconnect its own nodes, and an extractor that ends lets go of all. */
export function disconnect(from: AudioNode, to: AudioNode, toInput = 0): void {
  try {
    from.disconnect(to, 0, toInput);
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'InvalidAccessError')) throw error;
  }
}
