// The few things of the platform that pure code may use: present in browsers, workers and Node alike, absent from ECMAScript's types.

interface Port {
  onmessage: (() => void) | null;
  postMessage(message: null): void;
  close(): void;
}

interface Platform {
  readonly crypto?: {
    readonly subtle?: { digest(algorithm: string, data: Uint8Array): Promise<ArrayBuffer> };
  };
  readonly TextDecoder: new (
    label: string,
    options: { fatal: boolean },
  ) => { decode(bytes: Uint8Array): string };
  readonly TextEncoder: new () => { encode(text: string): Uint8Array };
  readonly MessageChannel: new () => { readonly port1: Port; readonly port2: Port };
  setTimeout<Value>(run: (value: Value) => void, ms: number, value: Value): unknown;
  clearTimeout(timer: unknown): void;
}

const platform = globalThis as unknown as Platform;

/** Hex digest, or undefined where the page is no secure context and so has no digests. */
export async function sha256Hex(bytes: Uint8Array): Promise<string | undefined> {
  const digest = await platform.crypto?.subtle?.digest('SHA-256', bytes);
  if (digest === undefined) return undefined;
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function encodeUtf8(text: string): Uint8Array {
  return new platform.TextEncoder().encode(text);
}

/** Throws TypeError where the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  return new platform.TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

/** A turn of the event loop. Not by a timer: those of a page that nobody sees come once a second, and later once a minute. */
export function pause(): Promise<void> {
  const { port1, port2 } = new platform.MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** What `promise` resolves to, or `late` where that takes longer than `ms`. Rejects as `promise` does. */
export async function within<Value, Late>(
  ms: number,
  promise: Promise<Value>,
  late: Late,
): Promise<Value | Late> {
  let timer: unknown;
  const enough = new Promise<Late>((resolve) => (timer = platform.setTimeout(resolve, ms, late)));
  try {
    return await Promise.race([promise, enough]);
  } finally {
    platform.clearTimeout(timer);
  }
}
