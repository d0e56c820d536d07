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

/** An AssemblyScript entry compiled with SIMD, in base64. */
declare module '*?wasm' {
  const binary: string;
  export default binary;
}

/** An AssemblyScript entry compiled with relaxed SIMD, in base64. */
declare module '*?wasm-relaxed' {
  const binary: string;
  export default binary;
}

/** Any file, as text. */
declare module '*?text' {
  const text: string;
  export default text;
}

declare module '*?raw' {
  const text: string;
  export default text;
}
