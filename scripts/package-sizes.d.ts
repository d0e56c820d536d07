// Types of package-sizes.js, for its test.
export interface Size {
  readonly what: string;
  readonly bytes: number;
  readonly gzipped: number;
  /** What it may not exceed, gzipped. */
  readonly ceiling: number;
}

/** `folder`: the package's. */
export function packageSizes(folder: string): Promise<Size[]>;
/** As docs/embedding.md has it. */
export function sizeTable(sizes: readonly Size[]): string;
