import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { offsetOf, type WasmBackend } from './wasm-backend.js';

export type Elements = Float32Array | Int32Array | Uint8Array;

/** A tensor's elements, as a view of the heap: stale after the next allocation. */
export function elements(backend: WasmBackend, tensor: TensorInfo): Elements {
  const size = util.sizeFromShape(tensor.shape);
  const offset = offsetOf(backend, tensor);
  const { HEAPF32, HEAP32, HEAPU8 } = backend.wasm;
  if (tensor.dtype === 'bool') return HEAPU8.subarray(offset, offset + size);
  const first = offset >>> 2;
  return (tensor.dtype === 'int32' ? HEAP32 : HEAPF32).subarray(first, first + size);
}

/** Like `elements`, of a tensor that is known to hold floats. */
export function floats(backend: WasmBackend, tensor: TensorInfo): Float32Array {
  const first = offsetOf(backend, tensor) >>> 2;
  return backend.wasm.HEAPF32.subarray(first, first + util.sizeFromShape(tensor.shape));
}

const known = new WeakMap<object, boolean>();

/**
 * Whether no element is NaN or infinite. Many kernels of the backend are right for finite numbers only. The answer is
 * kept, since the data of a tensor never changes: weights are looked at once.
 */
export function holdsFinite(backend: WasmBackend, tensor: TensorInfo | undefined): boolean {
  if (tensor === undefined || tensor.dtype !== 'float32') return true;
  let finite = known.get(tensor.dataId);
  if (finite === undefined) {
    finite = allFinite(floats(backend, tensor));
    known.set(tensor.dataId, finite);
  }
  return finite;
}

/** 0 * x is 0 for every finite x and NaN for all others; four sums, so that none waits for the one before. */
export function allFinite(values: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (const end = values.length - 3; i < end; i += 4) {
    a += values[i]! * 0;
    b += values[i + 1]! * 0;
    c += values[i + 2]! * 0;
    d += values[i + 3]! * 0;
  }
  for (; i < values.length; i++) a += values[i]! * 0;
  return a + b + c + d === 0;
}

/** For every element of `outShape`, in order, the index of the element of a tensor of `shape` that broadcasts to it. */
export function broadcastIndices(shape: readonly number[], outShape: readonly number[]): Int32Array {
  const indices = new Int32Array(util.sizeFromShape([...outShape]));
  if (indices.length === 0) return indices;
  const missing = outShape.length - shape.length;
  let filled = 1; // the innermost axes that are done
  let stride = 1; // of the next axis, in the tensor
  for (let axis = outShape.length - 1; axis >= 0; axis--) {
    const size = axis < missing ? 1 : shape[axis - missing]!;
    const step = size === 1 ? 0 : stride;
    for (let i = 1; i < outShape[axis]!; i++) {
      for (let j = 0; j < filled; j++) indices[i * filled + j] = indices[j]! + i * step;
    }
    filled *= outShape[axis]!;
    stride *= size;
  }
  return indices;
}
