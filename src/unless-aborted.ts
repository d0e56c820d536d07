/** What `promise` resolves to. Rejects as it does, or with the signal's reason where that aborts first. */
export async function unlessAborted<Value>(signal: AbortSignal, promise: Promise<Value>): Promise<Value> {
  const settled = new AbortController();
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        const giveUp = () => reject(signal.reason);
        if (signal.aborted) giveUp();
        signal.addEventListener('abort', giveUp, { signal: settled.signal });
      }),
    ]);
  } finally {
    settled.abort();
  }
}
