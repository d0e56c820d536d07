// How often <live-monitor> looks at the levels.
export const LOOK_EVERY_MS = 66;

export const looksIn = (seconds: number) => Math.round((1000 * seconds) / LOOK_EVERY_MS);
