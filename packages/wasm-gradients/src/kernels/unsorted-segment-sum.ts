import type { TensorInfo, UnsortedSegmentSumAttrs } from '@tensorflow/tfjs-core';
import { type KernelInputs, offsetOf, type WasmBackend } from '../wasm-backend.js';

/**
 * `out[s] = sum of x[j] over all j with segmentIds[j] = s`, the gradient of `gather`. The ids may have several
 * dimensions, the leading ones of x. Ids outside 0 ... numSegments - 1 are left out, as on the other backends.
 *
 * @returns `[numSegments, ...the remaining dimensions of x]`
 */
export function unsortedSegmentSum(
  backend: WasmBackend,
  inputs: KernelInputs<'x' | 'segmentIds'>,
  attrs: UnsortedSegmentSumAttrs,
): TensorInfo {
  const { x, segmentIds } = inputs;
  const { numSegments } = attrs;
  const inner = x.shape.slice(segmentIds.shape.length);
  const size = inner.reduce((product, length) => product * length, 1);
  const count = segmentIds.shape.reduce((product, length) => product * length, 1);
  const dtype = x.dtype === 'bool' ? 'int32' : x.dtype;
  const out = backend.makeOutput([numSegments, ...inner], dtype);
  const { HEAPF32, HEAP32, HEAPU8 } = backend.wasm;
  const target = (dtype === 'int32' ? HEAP32 : HEAPF32) as Float32Array;
  const source = (x.dtype === 'bool' ? HEAPU8 : target) as Float32Array;
  const to = offsetOf(backend, out) >>> 2;
  const from = x.dtype === 'bool' ? offsetOf(backend, x) : offsetOf(backend, x) >>> 2;
  const ids = offsetOf(backend, segmentIds) >>> 2;
  target.fill(0, to, to + numSegments * size);
  for (let j = 0; j < count; j++) {
    const segment = HEAP32[ids + j]!;
    if (segment < 0 || segment >= numSegments) continue;
    const a = to + segment * size;
    const b = from + j * size;
    for (let i = 0; i < size; i++) target[a + i] = target[a + i]! + source[b + i]!;
  }
  return out;
}
