// Hands a file to the user.

const KEPT_MS = 10_000;

/** Must come from a user's gesture, else the browser may ask. */
export function download(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  Object.assign(document.createElement('a'), { href: url, download: name }).click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
