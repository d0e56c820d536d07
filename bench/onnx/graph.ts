// Writes a computation down, operator by operator, as an ONNX file.
import { encodeModel, FLOAT, INT64 } from './schema.ts';

const OPERATORS = 18;
const FILE_FORMAT = 8;
/** Attribute types, as ONNX numbers them. */
const ATTRIBUTE = { f: 1, i: 2 };

/** The name of a tensor in the graph. */
export type Value = string;

/** Names and shapes. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

export interface GraphFile {
  /** Of an ONNX file. */
  readonly bytes: Uint8Array;
  readonly inputs: Shapes;
  readonly outputs: Shapes;
  /** How many the file has; the runtime may fuse some. */
  readonly operators: number;
}

interface Node {
  readonly opType: string;
  readonly input: readonly Value[];
  readonly output: readonly Value[];
  readonly attribute: readonly object[];
}

export class GraphBuilder {
  readonly #nodes: Node[] = [];
  readonly #initializers: object[] = [];
  readonly #inputs = new Map<string, readonly number[]>();
  readonly #outputs = new Map<string, readonly number[]>();
  /** Values that leave the graph under another name. */
  readonly #renamed = new Map<Value, string>();
  readonly #widest: number;
  #count = 0;

  /** `widest`: tensors that an operator may read or write at most. On WebGPU each is a binding, and adapters bound their number. */
  constructor(widest = Infinity) {
    this.#widest = widest;
  }

  /** f32 of a fixed shape. */
  input(name: string, shape: readonly number[]): Value {
    this.#inputs.set(name, shape);
    return name;
  }

  output(name: string, value: Value, shape: readonly number[]): void {
    this.#renamed.set(value, name);
    this.#outputs.set(name, shape);
  }

  constant(data: Float32Array, shape: readonly number[]): Value {
    return this.#initializer(FLOAT, shape, bytesOf(data));
  }

  scalar(value: number): Value {
    return this.constant(Float32Array.of(value), []);
  }

  /** int64 [values.length]: axes, shapes, borders. */
  integers(...values: number[]): Value {
    return this.#initializer(INT64, [values.length], bytesOf(BigInt64Array.from(values, BigInt)));
  }

  /** An operator with one output. Attributes: whole numbers, but `epsilon`. */
  node(opType: string, input: readonly Value[], attributes: Readonly<Record<string, number>> = {}): Value {
    return this.#node(opType, input, attributes, 1)[0];
  }

  /** Cuts a value along an axis into pieces of these sizes. */
  split(value: Value, axis: number, sizes: readonly number[]): Value[] {
    if (sizes.length < this.#widest)
      return this.#node('Split', [value, this.integers(...sizes)], { axis }, sizes.length);
    let end = 0;
    return sizes.map((size) => {
      end += size;
      const borders = [this.integers(end - size), this.integers(end), this.integers(axis)];
      return this.node('Slice', [value, ...borders]);
    });
  }

  /** Puts values behind each other along an axis. */
  concat(values: readonly Value[], axis: number): Value {
    if (values.length < this.#widest) return this.node('Concat', values, { axis });
    const parts: Value[] = [];
    for (let n = 0; n < values.length; n += this.#widest - 1)
      parts.push(this.node('Concat', values.slice(n, n + this.#widest - 1), { axis }));
    return this.concat(parts, axis);
  }

  /** The graph so far, as a file. */
  file(name: string): GraphFile {
    const rename = (values: readonly Value[]) => values.map((value) => this.#renamed.get(value) ?? value);
    const node = this.#nodes.map((one, n) => ({
      ...{ ...one, name: `${one.opType}.${n}` },
      ...{ input: rename(one.input), output: rename(one.output) },
    }));
    const bytes = encodeModel({
      irVersion: FILE_FORMAT,
      producerName: 'crossmamba-web',
      opsetImport: [{ version: OPERATORS }],
      graph: {
        ...{ name, node, initializer: this.#initializers },
        ...{ input: [...this.#inputs].map(valueInfo), output: [...this.#outputs].map(valueInfo) },
      },
    });
    return { bytes, inputs: this.#inputs, outputs: this.#outputs, operators: node.length };
  }

  #node(
    opType: string,
    input: readonly Value[],
    attributes: Readonly<Record<string, number>>,
    outputs: number,
  ): Value[] {
    const output = Array.from({ length: outputs }, () => this.#name());
    const attribute = Object.entries(attributes).map(([name, value]) => {
      const key = name === 'epsilon' ? 'f' : 'i';
      return { name, [key]: value, type: ATTRIBUTE[key] };
    });
    this.#nodes.push({ opType, input, output, attribute });
    return output;
  }

  #initializer(dataType: number, dims: readonly number[], rawData: Uint8Array): Value {
    const name = this.#name();
    this.#initializers.push({ name, dataType, dims, rawData });
    return name;
  }

  #name(): Value {
    return `v${this.#count++}`;
  }
}

function valueInfo([name, shape]: [string, readonly number[]]): object {
  const dim = shape.map((dimValue) => ({ dimValue }));
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim } } } };
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
