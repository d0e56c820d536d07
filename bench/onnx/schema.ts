// The messages of an ONNX file that a graph of ours needs, with ONNX's own field numbers.
import protobuf from 'protobufjs/light.js';

/** Elements of a tensor, as ONNX numbers them. */
export const FLOAT = 1;
export const INT64 = 7;

const repeated = 'repeated' as const;

const SCHEMA = {
  OperatorSetId: { version: { type: 'int64', id: 2 } },
  Tensor: {
    dims: { rule: repeated, type: 'int64', id: 1 },
    dataType: { type: 'int32', id: 2 },
    name: { type: 'string', id: 8 },
    rawData: { type: 'bytes', id: 9 },
  },
  Attribute: {
    name: { type: 'string', id: 1 },
    f: { type: 'float', id: 2 },
    i: { type: 'int64', id: 3 },
    type: { type: 'int32', id: 20 },
  },
  Node: {
    input: { rule: repeated, type: 'string', id: 1 },
    output: { rule: repeated, type: 'string', id: 2 },
    name: { type: 'string', id: 3 },
    opType: { type: 'string', id: 4 },
    attribute: { rule: repeated, type: 'Attribute', id: 5 },
  },
  Dimension: { dimValue: { type: 'int64', id: 1 } },
  Shape: { dim: { rule: repeated, type: 'Dimension', id: 1 } },
  TensorType: { elemType: { type: 'int32', id: 1 }, shape: { type: 'Shape', id: 2 } },
  Type: { tensorType: { type: 'TensorType', id: 1 } },
  ValueInfo: { name: { type: 'string', id: 1 }, type: { type: 'Type', id: 2 } },
  Graph: {
    node: { rule: repeated, type: 'Node', id: 1 },
    name: { type: 'string', id: 2 },
    initializer: { rule: repeated, type: 'Tensor', id: 5 },
    input: { rule: repeated, type: 'ValueInfo', id: 11 },
    output: { rule: repeated, type: 'ValueInfo', id: 12 },
  },
  Model: {
    irVersion: { type: 'int64', id: 1 },
    producerName: { type: 'string', id: 2 },
    graph: { type: 'Graph', id: 7 },
    opsetImport: { rule: repeated, type: 'OperatorSetId', id: 8 },
  },
};

const messages = Object.entries(SCHEMA).map(([name, fields]) => [name, { fields }]);
const model = protobuf.Root.fromJSON({ nested: Object.fromEntries(messages) }).lookupType('Model');

/** A model, as plain objects by the schema, → the bytes of an ONNX file. */
export function encodeModel(plain: object): Uint8Array {
  return model.encode(model.fromObject(plain)).finish();
}
