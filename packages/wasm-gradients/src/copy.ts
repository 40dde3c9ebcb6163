import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import { offsetOf, type WasmBackend } from './wasm-backend.js';

/** A view of the heap whose elements have the size of a dtype's. Only for copies: floats are read as integers. */
export function elementsOf(backend: WasmBackend, dtype: DataType): Int32Array | Uint8Array {
  return dtype === 'bool' ? backend.wasm.HEAPU8 : backend.wasm.HEAP32;
}

/** Index of a tensor's first element in `elementsOf(backend, tensor.dtype)`. */
export function firstElement(backend: WasmBackend, tensor: TensorInfo): number {
  const offset = offsetOf(backend, tensor);
  return tensor.dtype === 'bool' ? offset : offset >>> 2;
}

/** Copies `count` elements inside the heap; short runs by a loop, since a call costs more. */
export function copyRun(heap: Float32Array | Int32Array | Uint8Array, from: number, to: number, count: number): void {
  if (count >= 48) heap.copyWithin(to, from, from + count);
  else for (let i = 0; i < count; i++) heap[to + i] = heap[from + i]!;
}

/**
 * Copies the block of `x` that begins at `begin` and has the shape `size` to a new tensor of shape `outShape`.
 * The longest runs that are contiguous in both are copied at once.
 */
export function copyBlock(
  backend: WasmBackend,
  x: TensorInfo,
  begin: readonly number[],
  size: readonly number[],
  outShape: readonly number[],
): TensorInfo {
  const out = backend.makeOutput([...outShape], x.dtype);
  const rank = x.shape.length;
  let run = 1; // elements of one contiguous run
  let axis = rank - 1;
  let stride = 1; // of `axis`, in x
  let start = firstElement(backend, x);
  for (; axis >= 0; axis--) {
    run *= size[axis]!;
    start += begin[axis]! * stride;
    stride *= x.shape[axis]!;
    if (size[axis] !== x.shape[axis]) break;
  }
  if (run === 0) return out;
  const outer: { count: number; stride: number }[] = []; // the axes outside a run, from the innermost
  for (axis -= 1; axis >= 0; axis--) {
    start += begin[axis]! * stride;
    if (size[axis]! !== 1) outer.push({ count: size[axis]!, stride });
    stride *= x.shape[axis]!;
  }
  if (outer.some(({ count }) => count === 0)) return out;
  const heap = elementsOf(backend, x.dtype);
  let to = firstElement(backend, out);
  const position = outer.map(() => 0);
  const inner = outer[0] ?? { count: 1, stride: 0 };
  for (let from = start; ; ) {
    for (let i = 0; i < inner.count; i++, to += run) copyRun(heap, from + i * inner.stride, to, run);
    let level = 1;
    for (; level < outer.length; level++) {
      from += outer[level]!.stride;
      position[level]! += 1;
      if (position[level]! < outer[level]!.count) break;
      from -= outer[level]!.count * outer[level]!.stride;
      position[level] = 0;
    }
    if (level >= outer.length) return out;
  }
}
