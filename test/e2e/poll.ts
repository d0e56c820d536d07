// Waits for a condition: what changes in a shadow root tells no observer of the page, so it is looked at again and again.

const POLL_MS = 100;

/** What `look` finds in the end. Fails with what `vain` says where that takes longer than `withinMs`. */
export async function poll<Value>(
  look: () => Promise<Value | null>,
  vain: () => string | Promise<string>,
  withinMs = 60_000,
): Promise<Value> {
  const end = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > end) throw new Error(`Waited in vain for: ${await vain()}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
