import { encodeFloat16 } from '@autodrag/nn';
import type { OnnxAttribute, OnnxNode, OnnxTensor } from './onnx-model.js';

/** Fewer numbers are not worth an operation of their own. */
const FEW = 1024;

/** A graph in the making. Everything in it goes by names, which are made here. */
export type Graph = {
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
  /** @returns the name of a float32 tensor; equal small ones are stored once */
  constant(shape: readonly number[], values: Float32Array | readonly number[]): string;
  /** @returns the name of a list of whole numbers, as a shape is one */
  integers(values: readonly number[]): string;
  /** @returns the name of what the operation gives: `output`, or a new one */
  apply(
    operation: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
    output?: string,
  ): string;
};

/**
 * @param options `float16`: large tensors are stored in half the size and made float32 again by the first operation
 *   that is done with them, once when the file is loaded
 */
export function createGraph({ float16 }: { float16: boolean }): Graph {
  const nodes: OnnxNode[] = [];
  const tensors: OnnxTensor[] = [];
  const known = new Map<string, string>();

  const store = (shape: readonly number[], values: OnnxTensor['values']): string => {
    const key = values.length <= 16 ? `${values.constructor.name} ${shape} ${values}` : undefined;
    const found = key === undefined ? undefined : known.get(key);
    if (found !== undefined) return found;
    const name = `tensor${tensors.length}`;
    tensors.push({ name, shape, values });
    if (key !== undefined) known.set(key, name);
    return name;
  };
  const apply: Graph['apply'] = (operation, inputs, attributes = {}, output = `${operation}${nodes.length}`) => {
    nodes.push({ operation, inputs, output, attributes });
    return output;
  };
  return {
    nodes,
    tensors,
    apply,
    constant(shape, values) {
      const floats = values instanceof Float32Array ? values : Float32Array.from(values);
      if (!float16 || floats.length < FEW) return store(shape, floats);
      return apply('Cast', [store(shape, encodeFloat16(floats))], { to: { integer: 1 } });
    },
    integers: (values) => store([values.length], BigInt64Array.from(values, BigInt)),
  };
}
