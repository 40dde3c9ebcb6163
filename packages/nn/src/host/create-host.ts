import type * as tf from '@tensorflow/tfjs-core';
import { bytesFromBase64 } from '../arrays/bytes-from-base64.js';
import type { ParameterTree } from '../tree/parameter-tree.js';
import { modules } from './module.js';
import { uploadTree } from './upload-tree.js';

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

/** Keys and values of a memory for `attend`, in the order in which they are read. */
export type HostMemory = { readonly packed: Float32Array; readonly count: number };

/** Heads of attention, and channels of each. */
export type HeadSizes = { readonly heads: number; readonly size: number };

/**
 * Small models, computed without a backend. A kernel of TensorFlow.js costs some 10 to 50 microseconds to call, on a
 * GPU more; a transformer of 128 channels and a handful of tokens is thousands of kernels with next to nothing to do in
 * each. Arrays are read; results are new.
 */
export type Host = {
  /**
   * Copies a tree of parameters, with one download a tensor. Every `weight` in it is the `[inputs, outputs]` of a
   * linear layer.
   */
  upload<P extends ParameterTree>(parameters: P): Promise<OnHost<P>>;
  /** `x · weight + bias`, x `[rows, inputs]`, bias `[outputs]`. @returns `[rows, outputs]` */
  multiply(weight: HostMatrix, x: Float32Array, bias?: Float32Array): Float32Array;
  /** Inner products of all rows of x with all rows of y: `x yᵀ`, each row of `size`. @returns `[rows, others]` */
  multiplyRows(x: Float32Array, y: Float32Array, size: number): Float32Array;
  /**
   * Rows of x less the `mean` of rows, and their inner products: with all rows of y, and with the rows some steps
   * behind.
   *
   * @param mean `[size]`
   * @param steps how many rows behind, from 0 on
   * @returns `[rows, others]`, and for each step `[rows - step]`
   */
  centredProducts(
    x: Float32Array,
    mean: Float32Array,
    y: Float32Array,
    steps: readonly number[],
  ): { others: Float32Array; behind: Float32Array[] };
  /** As `gelu` on tensors, but in place. */
  gelu(x: Float32Array): Float32Array;
  /** `gelu` in place. @returns its derivative */
  geluWithSlope(x: Float32Array): Float32Array;
  /** As `layerNorm` on tensors: x `[rows, features]`. */
  layerNorm(x: Float32Array, scale: Float32Array, offset: Float32Array): Float32Array;
  /** Keys and values for `attend`, of rows `[count, stride]` that have keys from `begin` on, and then values. */
  packMemory(rows: Float32Array, stride: number, begin: number, sizes: HeadSizes): HostMemory;
  /**
   * Heads side by side: `softmax(q kᵀ / sqrt(size) + mask) v`.
   *
   * @param queries rows `[tokens, stride]`, which begin with the queries
   * @param mask `[count]`
   * @returns `[tokens, heads · size]`
   */
  attend(
    queries: Float32Array,
    stride: number,
    memory: HostMemory,
    options: HeadSizes & { mask?: Float32Array },
  ): Float32Array;
};

const pageBytes = 65_536;
/** Columns of a panel of weights: two vectors. */
const panelColumns = 8;
const upToPanels = (columns: number) => Math.ceil(columns / panelColumns) * panelColumns;

/** See assembly/host.ts. */
type Kernels = Record<
  | 'multiply'
  | 'pack'
  | 'gelu'
  | 'geluWithSlope'
  | 'subtractRow'
  | 'layerNorm'
  | 'rowProducts'
  | 'packMemory'
  | 'attend',
  (...args: number[]) => void
>;

/** @returns null where WebAssembly with SIMD cannot be compiled, as under a content security policy without it */
export function createHost(): Host | null {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const kernels = instantiate(memory);
  if (kernels === null) return null;
  const { reserve, stage } = createArena(memory);

  const pack = (values: Float32Array, inputs: number, outputs: number): HostMatrix => {
    const offset = reserve(upToPanels(outputs) * inputs);
    kernels.pack(stage().put(values), 4 * outputs, 4, offset, inputs, outputs);
    return { offset, inputs, outputs };
  };

  /** Products of rows that are in memory with rows of y. */
  const rowsByRows = (
    { put, room, take }: Stage,
    from: number,
    rows: number,
    y: Float32Array,
    size: number,
  ): Float32Array => {
    const others = y.length / size;
    const stride = upToPanels(others);
    const unpacked = put(y);
    const packed = room(stride * size);
    kernels.pack(unpacked, 4, 4 * size, packed, size, others);
    const to = room(rows * stride);
    kernels.multiply(from, 4 * size, packed, 0, to, 4 * stride, rows, size, stride / panelColumns);
    return columnsOf(take(to, rows * stride), stride, others);
  };

  return {
    upload: (parameters) => uploadTree(parameters, pack),
    multiply({ offset, inputs, outputs }, x, bias) {
      const rows = x.length / inputs;
      const stride = upToPanels(outputs);
      const { put, room, take } = stage();
      const from = put(x);
      const shift = bias ? put(bias, stride) : 0;
      const to = room(rows * stride);
      kernels.multiply(from, 4 * inputs, offset, shift, to, 4 * stride, rows, inputs, stride / panelColumns);
      return columnsOf(take(to, rows * stride), stride, outputs);
    },
    multiplyRows(x, y, size) {
      const staged = stage();
      return rowsByRows(staged, staged.put(x), x.length / size, y, size);
    },
    centredProducts(x, mean, y, steps) {
      const size = mean.length;
      const rows = x.length / size;
      const staged = stage();
      const { put, room, take } = staged;
      const from = put(x);
      kernels.subtractRow(from, put(mean), rows, size);
      const others = rowsByRows(staged, from, rows, y, size);
      const to = room(rows);
      const behind = steps.map((step) => {
        const count = Math.max(rows - step, 0);
        kernels.rowProducts(from, from + 4 * step * size, to, count, size);
        return take(to, count);
      });
      return { others, behind };
    },
    gelu(x) {
      const { put, take } = stage();
      const at = put(x);
      kernels.gelu(at, Math.ceil(x.length / 4) * 4);
      x.set(take(at, x.length));
      return x;
    },
    geluWithSlope(x) {
      const { put, room, take } = stage();
      const at = put(x);
      const slope = room(x.length);
      kernels.geluWithSlope(at, slope, Math.ceil(x.length / 4) * 4);
      x.set(take(at, x.length));
      return take(slope, x.length);
    },
    layerNorm(x, scale, offset) {
      const { put, room, take } = stage();
      const [from, factors, shifts] = [put(x), put(scale), put(offset)];
      const to = room(x.length);
      kernels.layerNorm(from, factors, shifts, to, x.length / scale.length, scale.length);
      return take(to, x.length);
    },
    packMemory(rows, stride, begin, { heads, size }) {
      const count = rows.length / stride;
      const { put, room, take } = stage();
      const from = put(rows);
      const floats = heads * (size * upToPanels(count) + count * upToPanels(size));
      const to = room(floats);
      kernels.packMemory(from + 4 * begin, 4 * stride, to, count, heads, size);
      return { packed: take(to, floats), count };
    },
    attend(queries, stride, { packed, count }, { heads, size, mask }) {
      const tokens = queries.length / stride;
      const { put, room, take } = stage();
      const [from, rows] = [put(queries), put(packed)];
      const shifts = mask ? put(mask, upToPanels(count)) : 0;
      const to = room(tokens * heads * size);
      const scratch = room(tokens * (upToPanels(count) + upToPanels(size)));
      kernels.attend(from, 4 * stride, rows, shifts, to, tokens, count, heads, size, scratch);
      return take(to, tokens * heads * size);
    },
  };
}

/** The first columns of rows. @param rows `[n, stride]` @returns `[n, columns]` */
function columnsOf(rows: Float32Array, stride: number, columns: number): Float32Array {
  if (stride === columns) return rows;
  const count = rows.length / stride;
  const result = new Float32Array(count * columns);
  for (let row = 0; row < count; row++) {
    result.set(rows.subarray(row * stride, row * stride + columns), row * columns);
  }
  return result;
}

type Stage = ReturnType<ReturnType<typeof createArena>['stage']>;

/** Memory that is handed out for good, and what lies behind it, which every call fills anew. */
function createArena(memory: WebAssembly.Memory) {
  let end = 0; // bytes in use
  const upTo = (bytes: number) => {
    const missing = bytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  };
  const after = (offset: number, floats: number) => offset + Math.ceil(floats / 4) * 16;
  return {
    reserve(floats: number): number {
      const offset = end;
      end = after(offset, floats);
      upTo(end);
      return offset;
    },
    stage() {
      let next = end;
      const room = (floats: number): number => {
        const offset = next;
        next = after(offset, floats);
        upTo(next);
        return offset;
      };
      return {
        room,
        /** Copies numbers in, and zeros behind them up to `floats`. */
        put(values: Float32Array, floats = values.length): number {
          const offset = room(floats);
          const target = new Float32Array(memory.buffer, offset, floats);
          target.set(values);
          target.fill(0, values.length);
          return offset;
        },
        take: (offset: number, floats: number) => new Float32Array(memory.buffer, offset, floats).slice(),
      };
    },
  };
}

/** With fused multiplications where the engine has relaxed SIMD. */
function instantiate(memory: WebAssembly.Memory): Kernels | null {
  try {
    const bytes = [modules.relaxed, modules.simd].map(bytesFromBase64).find((module) => WebAssembly.validate(module));
    if (bytes === undefined) return null;
    return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports as unknown as Kernels;
  } catch {
    return null; // a content security policy forbids it
  }
}
