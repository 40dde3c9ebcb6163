import type { Turns } from '@autodrag/nn';
import type { Budget } from './budget.js';
import { CheckpointError } from './checkpoint-error.js';
import { ELEMENT_BYTES, type ElementType, type OddType } from './pickle-values.js';
import type { StorageRange } from './torch-archive.js';

/** Numbers that are copied before others get their turn. */
const AT_ONCE = 1 << 18;

/**
 * A strided view of numbers that still lie in the file. Transposing, flipping and selecting only change the view;
 * nothing is read before {@link readArray}.
 */
export type LazyArray = {
  readonly shape: readonly number[];
  /** In elements; negative along a flipped axis. */
  readonly strides: readonly number[];
  /** Of the first element, in elements. */
  readonly offset: number;
  /** Added to every element (TensorFlow's style biases are stored less 1). */
  readonly plus: number;
  readonly open: () => Promise<StorageRange>;
};

/** A view of dense row-major data. */
export function denseArray(shape: readonly number[], open: () => Promise<StorageRange>): LazyArray {
  return { shape, strides: rowMajor(shape), offset: 0, plus: 0, open };
}

/** Axes in another order: axis i of the result is axis `order[i]`. */
export function permute(array: LazyArray, order: readonly number[]): LazyArray {
  return {
    ...array,
    shape: order.map((axis) => array.shape[axis] as number),
    strides: order.map((axis) => array.strides[axis] as number),
  };
}

/** One axis backwards. */
export function flip(array: LazyArray, axis: number): LazyArray {
  const stride = array.strides[axis] as number;
  return {
    ...array,
    offset: array.offset + stride * Math.max(0, (array.shape[axis] as number) - 1),
    strides: array.strides.map((value, i) => (i === axis ? -value : value)),
  };
}

/** Leading and other axes of length 1 taken away; those not of length 1 are left. */
export function dropAxes(array: LazyArray, axes: readonly number[]): LazyArray {
  const keep = array.shape.map((size, i) => !(axes.includes(i) && size === 1));
  return {
    ...array,
    shape: array.shape.filter((_, i) => keep[i]),
    strides: array.strides.filter((_, i) => keep[i]),
  };
}

/** A constant, for what a checkpoint leaves out. */
export function zeros(shape: readonly number[]): LazyArray {
  return { shape, strides: shape.map(() => 0), offset: 0, plus: 0, open: () => Promise.resolve(ZERO) };
}

const ZERO: StorageRange = {
  source: { size: 4, bytes: new Uint8Array(4), read: async (start, end) => new Uint8Array(end - start) },
  start: 0,
  end: 4,
  type: 'float32',
};

/**
 * Reads a view as dense row-major float32. Only the bytes between its first and last element are read, and they and the
 * result are charged to the budget before anything is allocated.
 *
 * @throws CheckpointError if the view leaves its storage
 */
export async function readArray(array: LazyArray, budget: Budget, name: string, turns?: Turns): Promise<Float32Array> {
  const { shape, strides, offset, plus } = array;
  const range = await array.open();
  const { source, start, end, type, littleEndian = true } = range;
  const read = readerOf(type, name, start);
  const itemBytes = ELEMENT_BYTES[type];
  const available = Math.floor((end - start) / itemBytes);
  const count = sizeOf(shape);
  budget.charge(4 * count + 64, start);
  if (count === 0) return new Float32Array(0);

  let first = offset;
  let last = offset;
  for (let i = 0; i < shape.length; i++) {
    const reach = (strides[i] as number) * ((shape[i] as number) - 1);
    if (reach < 0) first += reach;
    else last += reach;
  }
  if (!(first >= 0 && last < available)) {
    throw new CheckpointError(
      'CHECKPOINT_MALFORMED',
      `${name}: a view stays within its storage of ${available} elements`,
      {
        found: `elements ${first} to ${last}`,
        offset: start,
        wayOut: 'The file is damaged: fetch or save it again.',
      },
    );
  }
  const span = last - first + 1;
  if (source.bytes === undefined) budget.charge(span * itemBytes, start);
  const bytes = await source.read(start + first * itemBytes, start + (last + 1) * itemBytes);
  const result = new Float32Array(count);
  if (type === 'float32' && littleEndian && span === count && isDense(shape, strides)) {
    new Uint8Array(result.buffer).set(bytes);
  } else if (type === 'float32' && littleEndian) {
    const elements = floatsOf(bytes, budget, start);
    await gather(shape, strides, offset - first, turns, (index, at, length, step) => {
      for (let i = 0; i < length; i++) result[index + i] = elements[at + i * step] as number;
    });
  } else {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    await gather(shape, strides, offset - first, turns, (index, at, length, step) => {
      for (let i = 0; i < length; i++) result[index + i] = read(view, (at + i * step) * itemBytes, littleEndian);
    });
  }
  if (plus !== 0) for (let i = 0; i < count; i++) result[i] = (result[i] as number) + plus;
  return result;
}

/** Bytes as float32; copied where they are not aligned. */
function floatsOf(bytes: Uint8Array, budget: Budget, offset: number): Float32Array {
  if (bytes.byteOffset % 4 !== 0) budget.charge(bytes.length, offset);
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes); // `slice` of a Buffer copies nothing
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}

/**
 * Calls back with every row along the last axis: where it begins in the result, and where and how it lies in the data.
 */
async function gather(
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  turns: Turns | undefined,
  copyRow: (index: number, at: number, length: number, step: number) => void,
): Promise<void> {
  const rank = shape.length;
  const length = rank === 0 ? 1 : (shape[rank - 1] as number);
  const step = rank === 0 ? 0 : (strides[rank - 1] as number);
  const counter = new Array<number>(Math.max(0, rank - 1)).fill(0);
  let at = offset;
  let sinceTurn = 0;
  for (let index = 0; ; index += length) {
    for (let from = 0; from < length; from += AT_ONCE) {
      const part = Math.min(AT_ONCE, length - from);
      copyRow(index + from, at + from * step, part, step);
      sinceTurn += part;
      if (sinceTurn < AT_ONCE) continue;
      sinceTurn = 0;
      if (turns?.due()) await turns.take();
    }
    let axis = rank - 2;
    for (; axis >= 0; axis--) {
      at += strides[axis] as number;
      const next = (counter[axis] as number) + 1;
      if (next < (shape[axis] as number)) {
        counter[axis] = next;
        break;
      }
      at -= next * (strides[axis] as number);
      counter[axis] = 0;
    }
    if (axis < 0) return;
  }
}

type ElementReader = (view: DataView, at: number, littleEndian: boolean) => number;

function readerOf(type: ElementType | OddType, name: string, offset: number): ElementReader {
  const read = Object.hasOwn(ELEMENT_READERS, type) ? ELEMENT_READERS[type as ElementType] : undefined;
  if (read !== undefined) return read;
  throw new CheckpointError('CHECKPOINT_UNSUPPORTED', `${name} holds real numbers`, {
    found: type === 'untyped' ? 'bytes without a type' : `numbers of the type ${type}`,
    offset,
    wayOut: 'Convert the weights to float32 with the original program and save them again.',
  });
}

const ELEMENT_READERS: Readonly<Record<ElementType, ElementReader>> = {
  float32: (view, at, little) => view.getFloat32(at, little),
  float64: (view, at, little) => view.getFloat64(at, little),
  float16: (view, at, little) => float16(view.getUint16(at, little)),
  bfloat16: (view, at, little) => bfloat16(view.getUint16(at, little)),
  int64: (view, at, little) => Number(view.getBigInt64(at, little)),
  int32: (view, at, little) => view.getInt32(at, little),
  int16: (view, at, little) => view.getInt16(at, little),
  int8: (view, at) => view.getInt8(at),
  uint64: (view, at, little) => Number(view.getBigUint64(at, little)),
  uint32: (view, at, little) => view.getUint32(at, little),
  uint16: (view, at, little) => view.getUint16(at, little),
  uint8: (view, at) => view.getUint8(at),
  bool: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
};

function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));

function bfloat16(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function rowMajor(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i] as number;
  }
  return strides;
}

function isDense(shape: readonly number[], strides: readonly number[]): boolean {
  const dense = rowMajor(shape);
  return shape.every((size, i) => size === 1 || strides[i] === dense[i]);
}
