import type * as tf from '@tensorflow/tfjs-core';
import { isTensor, type ParameterNode, type ParameterTree } from '../tree/parameter-tree.js';
import { assembleProducts, panelColumns, rowsAtOnce } from './assemble-products.js';

/** A weight `[inputs, outputs]` in a host's memory, in the order in which it is read. */
export type HostMatrix = { readonly offset: number; readonly inputs: number; readonly outputs: number };

/** A tree of parameters in ordinary memory: weights of linear layers packed for products, all else as it is. */
export type OnHost<P> = P extends tf.Tensor
  ? Float32Array
  : P extends readonly (infer Item)[]
    ? readonly OnHost<Item>[]
    : P extends object
      ? { readonly [Key in keyof P]: Key extends 'weight' ? HostMatrix : OnHost<P[Key]> }
      : P;

/**
 * Small models, computed without a backend. A kernel of TensorFlow.js costs some 10 to 50 microseconds to call, on a
 * GPU more; a transformer of 128 channels and a handful of tokens is thousands of kernels with next to nothing to do in
 * each.
 */
export type Host = {
  /**
   * Copies a tree of parameters, with one download a tensor. Every `weight` in it is the `[inputs, outputs]` of a
   * linear layer.
   */
  upload<P extends ParameterTree>(parameters: P): Promise<OnHost<P>>;
  /** `x · weight`, x `[rows, inputs]`. @returns `[rows, outputs]`, new */
  multiply(weight: HostMatrix, x: Float32Array): Float32Array;
};

const pageBytes = 65_536;

type Exports = Record<
  'one' | 'many',
  (x: number, weights: number, out: number, inputs: number, panels: number) => void
>;

/** @returns null where WebAssembly with SIMD cannot be compiled, as under a content security policy without it */
export function createHost(): Host | null {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const products = compile(memory);
  if (products === null) return null;
  let end = 0; // bytes in use
  const reserve = (floats: number): number => {
    const offset = end;
    end += Math.ceil(floats / 4) * 16;
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
    return offset;
  };
  let staging = { offset: 0, floats: 0 };
  /** Room for one group of rows and their products. */
  const stage = (floats: number): number => {
    if (floats > staging.floats) staging = { offset: reserve(floats), floats };
    return staging.offset;
  };

  const pack = (values: Float32Array, inputs: number, outputs: number): HostMatrix => {
    const panels = Math.ceil(outputs / panelColumns);
    const offset = reserve(panels * inputs * panelColumns);
    const target = new Float32Array(memory.buffer, offset, panels * inputs * panelColumns);
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++) {
        const panel = Math.floor(o / panelColumns);
        target[(panel * inputs + i) * panelColumns + (o % panelColumns)] = values[i * outputs + o]!;
      }
    }
    return { offset, inputs, outputs };
  };

  const upload = async (node: ParameterNode, key: string): Promise<unknown> => {
    if (node === undefined) return undefined;
    if (isTensor(node)) {
      const values = (await node.data()) as Float32Array;
      const [inputs, outputs] = node.shape;
      return key === 'weight' && node.rank === 2 ? pack(values, inputs!, outputs!) : values;
    }
    if (Array.isArray(node)) return Promise.all(node.map((child: ParameterTree) => upload(child, '')));
    const entries = Object.entries(node as ParameterTree).map(async ([name, child]) => [
      name,
      await upload(child, name),
    ]);
    return Object.fromEntries(await Promise.all(entries));
  };

  return {
    upload: <P extends ParameterTree>(parameters: P) => upload(parameters, '') as Promise<OnHost<P>>,
    multiply({ offset, inputs, outputs }, x) {
      const rows = x.length / inputs;
      const panels = Math.ceil(outputs / panelColumns);
      const result = new Float32Array(rows * outputs);
      const from = stage(rowsAtOnce * (inputs + panels * panelColumns + 8));
      const to = from + 16 * Math.ceil((rowsAtOnce * inputs) / 4);
      const heap = new Float32Array(memory.buffer);
      for (let first = 0; first < rows; ) {
        const count = rows - first >= rowsAtOnce ? rowsAtOnce : 1;
        for (let row = 0, at = first * inputs; row < count; row++) {
          for (let i = 0, target = (from >>> 2) + row; i < inputs; i++, target += count) heap[target] = x[at++]!;
        }
        (count === 1 ? products.one : products.many)(from, offset, to, inputs, panels);
        for (let row = 0, at = first * outputs; row < count; row++) {
          for (let o = 0; o < outputs; o++) {
            const panel = o >>> 3;
            result[at++] = heap[(to >>> 2) + (panel * count + row) * panelColumns + (o & 7)]!;
          }
        }
        first += count;
      }
      return result;
    },
  };
}

/** With fused multiplications where the engine has relaxed SIMD. */
function compile(memory: WebAssembly.Memory): Exports | null {
  try {
    const bytes = [true, false].map(assembleProducts).find((module) => WebAssembly.validate(module));
    if (bytes === undefined) return null;
    return new WebAssembly.Instance(new WebAssembly.Module(bytes), { host: { memory } }).exports as unknown as Exports;
  } catch {
    return null; // a content security policy forbids it
  }
}
