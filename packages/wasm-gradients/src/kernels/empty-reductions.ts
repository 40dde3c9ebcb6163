import { backend_util, type DataType, type TensorInfo, type TransposeAttrs, util } from '@tensorflow/tfjs-core';
import { elements } from '../elements.js';
import type { KernelInputs, WasmBackend } from '../wasm-backend.js';

/** `reductionIndices` is what `max` calls its axes. */
type ReductionAttrs = { axis?: number | number[]; reductionIndices?: number | number[]; keepDims?: boolean };

/**
 * A reduction over no elements at all, or with none left, where the originals return whatever was in memory.
 *
 * @param identity what the reduction starts with
 * @returns undefined where there are elements
 */
export function ofNothing(identity: number, outputType: (dtype: DataType) => DataType = (dtype) => dtype) {
  return (
    backend: WasmBackend,
    { x }: KernelInputs<'x'>,
    { axis, reductionIndices, keepDims }: ReductionAttrs,
  ): TensorInfo | undefined => {
    if (util.sizeFromShape(x.shape) > 0) return undefined;
    const axes = util.parseAxisParam((reductionIndices ?? axis)!, x.shape); // undefined stands for all of them;
    const [shape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
    const out = backend.makeOutput(
      keepDims ? backend_util.expandShapeToKeepDim(shape, axes) : shape,
      outputType(x.dtype),
    );
    const [least, most] = out.dtype === 'int32' ? [-(2 ** 31), 2 ** 31 - 1] : [0, 1]; // in place of an infinity
    elements(backend, out).fill(out.dtype === 'float32' ? identity : Math.max(least, Math.min(most, identity)));
    return out;
  };
}

/** The index of the largest or smallest of each row, where there are no rows: the originals trap. */
export function indexOfNothing(
  backend: WasmBackend,
  { x }: KernelInputs<'x'>,
  { axis }: ReductionAttrs,
): TensorInfo | undefined {
  if (util.sizeFromShape(x.shape) > 0) return undefined;
  const [dropped] = util.parseAxisParam(axis ?? 0, x.shape);
  const shape = x.shape.filter((_, at) => at !== dropped);
  const out = backend.makeOutput(shape, 'int32');
  elements(backend, out).fill(0);
  return out;
}

/** A transpose of nothing: the original traps. */
export function emptyTransposed(
  backend: WasmBackend,
  { x }: KernelInputs<'x'>,
  { perm }: TransposeAttrs,
): TensorInfo | undefined {
  return util.sizeFromShape(x.shape) > 0
    ? undefined
    : backend.makeOutput(
        perm.map((axis) => x.shape[axis]!),
        x.dtype,
      );
}

/** A running sum or product of nothing. */
export function emptyLike(backend: WasmBackend, { x }: KernelInputs<'x'>): TensorInfo | undefined {
  return util.sizeFromShape(x.shape) > 0 ? undefined : backend.makeOutput(x.shape, x.dtype);
}
