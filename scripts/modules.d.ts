// What the build plugins (scripts/plugins.js) turn into modules.

/** A WGSL file, as text. */
declare module '*.wgsl' {
  const source: string;
  export default source;
}

/** A TypeScript entry bundled into one self-contained script, as text. */
declare module '*?bundled' {
  const source: string;
  export default source;
}
