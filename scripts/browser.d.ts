// Types of browser.js, for tests in TypeScript.
export type Way = () => string | undefined | Promise<string | undefined>;
export function findBrowser(ways?: readonly Way[]): Promise<string>;
export function browserFlags(options?: { readonly microphone?: string }): string[];
export function browserVersion(executable: string): string;
