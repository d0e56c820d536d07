// Types of browser.js, for tests in TypeScript.
export function findBrowser(): Promise<string>;
export function browserFlags(options?: { readonly microphone?: string }): string[];
export function browserVersion(executable: string): string;
