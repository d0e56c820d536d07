/** Calls what the page gave to be told. What it throws is the page's own: reported as an uncaught error, it ends nothing here. */
export function callListener(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
