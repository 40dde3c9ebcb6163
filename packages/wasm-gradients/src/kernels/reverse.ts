import { type ReverseAttrs, type StridedSliceAttrs, slice_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { copyBlock } from '../copy.js';
import { elements } from '../elements.js';
import type { KernelInputs, WasmBackend } from '../wasm-backend.js';

/**
 * Copies `x[begin + i * stride]` of every axis to a new tensor with as many elements as `size` and the shape `shape`.
 */
function copyWithStrides(
  backend: WasmBackend,
  x: TensorInfo,
  begin: readonly number[],
  strides: readonly number[],
  size: readonly number[],
  shape: number[],
): TensorInfo {
  const out = backend.makeOutput(shape, x.dtype);
  const [from, to] = [elements(backend, x), elements(backend, out)];
  if (to.length === 0) return out;
  const steps = util.computeStrides(x.shape);
  const rank = x.shape.length;
  const position: number[] = size.map(() => 0);
  const step = (axis: number) => (axis === rank - 1 ? 1 : steps[axis]!);
  let at = begin.reduce((sum, start, axis) => sum + start * step(axis), 0);
  for (let i = 0; i < to.length; i++) {
    to[i] = from[at]!;
    for (let axis = rank - 1; axis >= 0; axis--) {
      position[axis]! += 1;
      at += strides[axis]! * step(axis);
      if (position[axis]! < size[axis]!) break;
      at -= size[axis]! * strides[axis]! * step(axis);
      position[axis] = 0;
    }
  }
  return out;
}

/**
 * x backwards along some axes. The original copies four bytes for every bool, and writes past the end of the output.
 */
export function reverse(backend: WasmBackend, { x }: KernelInputs<'x'>, { dims }: ReverseAttrs): TensorInfo {
  const backwards = new Set(util.parseAxisParam(dims, x.shape));
  const begin = x.shape.map((size, axis) => (backwards.has(axis) ? size - 1 : 0));
  const strides = x.shape.map((_, axis) => (backwards.has(axis) ? -1 : 1));
  return copyWithStrides(backend, x, begin, strides, x.shape, x.shape);
}

/** `x[begin:end:stride]` of every axis. The original returns float32 whatever x is. */
export function stridedSlice(backend: WasmBackend, { x }: KernelInputs<'x'>, attrs: StridedSliceAttrs): TensorInfo {
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attrs;
  const info = slice_util.sliceInfo(
    x.shape,
    begin,
    end,
    strides,
    beginMask,
    endMask,
    ellipsisMask,
    newAxisMask,
    shrinkAxisMask,
  );
  if (util.sizeFromShape(info.finalShape) === 0) return backend.makeOutput(info.finalShape, x.dtype);
  const { finalShape, finalShapeSparse, isIdentity, sliceDim0, isSimpleSlice } = info;
  if (isIdentity) return copyBlock(backend, x, new Array<number>(x.shape.length).fill(0), x.shape, finalShape);
  if (sliceDim0 || isSimpleSlice) {
    const size = slice_util.computeOutShape(info.begin, info.end, info.strides);
    return copyBlock(backend, x, info.begin, size, finalShape);
  }
  return copyWithStrides(backend, x, info.begin, info.strides, finalShapeSparse, finalShape);
}
