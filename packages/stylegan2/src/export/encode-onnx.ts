import { PbfWriter } from 'pbf';
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from './onnx-model.js';

// Numbers of fields and enumerations are those of onnx.proto, https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.

/** Operations of 2020: read by every runtime that is still in use. */
const OPSET = 13;
const IR_VERSION = 7;
const [FLOAT, INT64, FLOAT16] = [1, 7, 10] as const;

/** The bytes of an `.onnx` file. */
export function encodeOnnx(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const weights = model.tensors.reduce((sum, { values }) => sum + values.byteLength, 0);
  // large enough at once: growing would copy all weights, and need twice the memory
  const writer = new PbfWriter(new Uint8Array(weights + 256 * (model.tensors.length + model.nodes.length) + 65_536));
  writeModel(model, writer);
  return writer.finish() as Uint8Array<ArrayBuffer>;
}

function writeModel(model: OnnxModel, writer: PbfWriter): void {
  writer.writeVarintField(1, IR_VERSION);
  writer.writeStringField(2, 'autodrag');
  writer.writeMessage(7, writeGraph, model);
  writer.writeMessage(8, (version, to) => to.writeVarintField(2, version), OPSET);
  for (const entry of Object.entries(model.metadata)) {
    writer.writeMessage(
      14,
      ([key, value], to) => {
        to.writeStringField(1, key);
        to.writeStringField(2, value);
      },
      entry,
    );
  }
}

function writeGraph({ name, nodes, tensors, inputs, outputs }: OnnxModel, writer: PbfWriter): void {
  for (const node of nodes) writer.writeMessage(1, writeNode, node);
  writer.writeStringField(2, name);
  for (const tensor of tensors) writer.writeMessage(5, writeTensor, tensor);
  for (const input of inputs) writer.writeMessage(11, writeValue, input);
  for (const output of outputs) writer.writeMessage(12, writeValue, output);
}

function writeNode({ operation, inputs, output, attributes }: OnnxNode, writer: PbfWriter): void {
  for (const input of inputs) writer.writeStringField(1, input);
  writer.writeStringField(2, output);
  writer.writeStringField(3, output);
  writer.writeStringField(4, operation);
  for (const entry of Object.entries(attributes)) writer.writeMessage(5, writeAttribute, entry);
}

function writeAttribute([name, value]: [string, OnnxAttribute], writer: PbfWriter): void {
  writer.writeStringField(1, name);
  if ('float' in value) writer.writeFloatField(2, value.float);
  else if ('integer' in value) writer.writeVarintField(3, value.integer);
  else if ('text' in value) writer.writeStringField(4, value.text);
  else for (const one of value.integers) writer.writeVarintField(8, one);
  writer.writeVarintField(20, 'float' in value ? 1 : 'integer' in value ? 2 : 'text' in value ? 3 : 7);
}

function writeTensor({ name, shape, values }: OnnxTensor, writer: PbfWriter): void {
  for (const size of shape) writer.writeVarintField(1, size);
  writer.writeVarintField(2, values instanceof Float32Array ? FLOAT : values instanceof Uint16Array ? FLOAT16 : INT64);
  writer.writeStringField(8, name);
  writer.writeBytesField(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

function writeValue({ name, shape }: OnnxValue, writer: PbfWriter): void {
  writer.writeStringField(1, name);
  writer.writeMessage(2, (type, to) => to.writeMessage(1, writeTensorType, type), shape);
}

function writeTensorType(shape: readonly number[], writer: PbfWriter): void {
  writer.writeVarintField(1, FLOAT);
  writer.writeMessage(
    2,
    (sizes, to) => {
      for (const size of sizes) to.writeMessage(1, (length, dimension) => dimension.writeVarintField(1, length), size);
    },
    shape,
  );
}
