// Every buffer that a kernel sees, declared once: WGSL declarations, bind group layouts and bind groups derive from it.

export interface Binding {
  /** Element type of the array. */
  readonly type: 'f32' | 'u32' | 'vec4f' | 'vec4u' | 'matrix4';
  readonly access: 'read' | 'read_write';
}

export type Bindings = Readonly<Record<string, Binding>>;

/**
 * How matrices are kept: f16 halves what is read, and is taken where it loses nothing; as pairs in u32 where the device lacks shader-f16.
 * Sums are f32 always: a hop waits for memory and barriers, not for multiplications.
 */
export type MatrixFormat = 'f32' | 'f16' | 'f16-pairs';

const read = (type: Binding['type']): Binding => ({ type, access: 'read' });
const readWrite = (type: Binding['type']): Binding => ({ type, access: 'read_write' });

/** The kernel's part of the model: matrices by fours, vectors as plain values. */
const weights = { matrices: read('matrix4'), vectors: read('f32') };

const bands = {
  upward: read('f32'), // [W]
  ...weights,
  quads: read('vec4u'),
  clue: read('vec4f'), // bandQuery [quad, d]
  state: readWrite('vec4f'), // per quad: conv_state [d_conv − 1, d_inner], ssm_state [d_state, d_inner]
  x: readWrite('vec4f'), // [quad, d]
};

export const LAYOUTS = {
  split: {
    features: read('vec4f'), // [feature] of each quad, one after the other
    ...weights,
    quads: read('vec4u'), // QuadShape of each quad
    clue: read('vec4f'), // scale [quad, d], then shift [quad, d]
    x: readWrite('vec4f'), // [quad, d]
    partial: readWrite('f32'), // [quad, W]: each quad's share of down · LN(x)
  },
  fullBandIn: {
    partial: read('f32'), // [quad, W]
    ...weights,
    clue: read('f32'), // fullBandQuery [W]
    state: readWrite('f32'), // conv_state [d_conv − 1, d_inner]
    wide: readWrite('f32'), // g [W], u [d_inner], silu(z) [d_inner], C [d_state]
  },
  fullBandOut: {
    wide: read('f32'),
    ...weights,
    state: readWrite('f32'), // ssm_state [d_state, d_inner]
    upward: readWrite('f32'), // silu(LN_up(g)) [W]
  },
  bands: { ...bands, partial: readWrite('f32') }, // [quad, W], of the next block
  lastBands: { ...bands, mask: readWrite('vec4f') }, // [output] of each quad, one after the other
} as const satisfies Record<string, Bindings>;

/** A buffer, or part of one. */
export interface Resource extends GPUBufferBinding {
  readonly size: number;
}

export type Resources<B extends Bindings> = Readonly<Record<keyof B, Resource>>;

const BYTES = { f32: 4, u32: 4, vec4f: 16, vec4u: 16, vec2u: 8, vec4h: 8 };

/** What four values of a matrix are in memory, and what makes them vec4f. */
const FOURS = {
  f32: { element: 'vec4f', read: 'return matrices[index];' },
  f16: { element: 'vec4h', read: 'return vec4f(matrices[index]);' },
  'f16-pairs': {
    element: 'vec2u',
    read: 'let four = matrices[index]; return vec4f(unpack2x16float(four.x), unpack2x16float(four.y));',
  },
} as const satisfies Record<MatrixFormat, { element: keyof typeof BYTES; read: string }>;

/**
 * WGSL declarations of a kernel's bindings, all in group 0, in the order of the layout. Arrays have the length of what they are
 * bound to: an index is then held against a constant.
 */
export function declarations<B extends Bindings>(
  bindings: B,
  resources: Resources<B>,
  format: MatrixFormat,
): string {
  const lines = Object.entries(bindings).map(([name, { type, access }], index) => {
    const element = type === 'matrix4' ? FOURS[format].element : type;
    const length = resources[name].size / BYTES[element];
    return `@group(0) @binding(${index}) var<storage, ${access}> ${name}: array<${element}, ${length}>;`;
  });
  if (format === 'f16') lines.unshift('enable f16;');
  lines.push(`fn matrix4(index: u32) -> vec4f { ${FOURS[format].read} }`);
  return lines.join('\n');
}

export function createBindGroupLayout(
  device: GPUDevice,
  label: string,
  bindings: Bindings,
): GPUBindGroupLayout {
  return device.createBindGroupLayout({
    label,
    entries: Object.values(bindings).map(({ access }, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: access === 'read' ? ('read-only-storage' as const) : ('storage' as const) },
    })),
  });
}

export function createBindGroup<B extends Bindings>(
  device: GPUDevice,
  label: string,
  layout: GPUBindGroupLayout,
  bindings: B,
  resources: Resources<B>,
): GPUBindGroup {
  return device.createBindGroup({
    label,
    layout,
    entries: Object.keys(bindings).map((name, binding) => ({
      binding,
      resource: resources[name as keyof B],
    })),
  });
}
