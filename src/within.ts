/** What `promise` resolves to, or `late` where that takes longer than `ms`. Rejects as `promise` does. */
export async function within<Value, Late>(
  ms: number,
  promise: Promise<Value>,
  late: Late,
): Promise<Value | Late> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const enough = new Promise<Late>((resolve) => (timer = setTimeout(resolve, ms, late)));
  try {
    return await Promise.race([promise, enough]);
  } finally {
    clearTimeout(timer);
  }
}
