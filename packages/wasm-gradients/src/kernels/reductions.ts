import { backend_util, type SumAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type KernelInputs, offsetOf, type WasmBackend, withId } from '../wasm-backend';

/**
 * The sum (or mean) over neighbouring axes that are not the last ones: `out[a, b] = sum over r of x[a, r, b]`.
 * The original transposes x and adds up one number at a time; XNNPACK's average pooling, with all r in one window,
 * reads x as it lies.
 *
 * @returns undefined where the axes or the dtype are others: the original kernel does those
 */
export function sumLeading(
  backend: WasmBackend,
  inputs: KernelInputs<'x'>,
  attrs: SumAttrs,
  mean: boolean,
): TensorInfo | undefined {
  const { x } = inputs;
  const axes = util.parseAxisParam(attrs.axis, x.shape).sort((a, b) => a - b);
  const first = axes[0];
  const last = axes[axes.length - 1];
  if (x.dtype !== 'float32' || first === undefined || last === undefined) return undefined;
  if (last - first + 1 !== axes.length) return undefined;
  const A = util.sizeFromShape(x.shape.slice(0, first));
  const R = util.sizeFromShape(x.shape.slice(first, last + 1));
  const B = util.sizeFromShape(x.shape.slice(last + 1));
  if (A * B === 0 || B < 2 || R < 2) return undefined;
  const [shape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  const out = backend.makeOutput(attrs.keepDims ? backend_util.expandShapeToKeepDim(shape, axes) : shape, 'float32');
  withId(backend, offsetOf(backend, out), A * B, (outId) =>
    backend.wasm._AvgPool(backend.dataIdMap.get(x.dataId).id, A, R, 1, R, 1, 0, 0, 0, 0, 1, 1, B, outId),
  );
  if (!mean) {
    const heap = backend.wasm.HEAPF32;
    const start = offsetOf(backend, out) >>> 2;
    for (let i = start; i < start + A * B; i++) heap[i] = heap[i]! * R;
  }
  return out;
}
