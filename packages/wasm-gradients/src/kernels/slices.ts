import {
  backend_util,
  type SliceAttrs,
  type SplitVAttrs,
  slice_util,
  type Tensor,
  type TensorInfo,
  type UnpackAttrs,
  util,
} from '@tensorflow/tfjs-core';
import { copyBlock } from '../copy.js';
import type { KernelInputs, WasmBackend } from '../wasm-backend.js';

// The originals copy the whole of x out of the heap for every slice: splitting a vector into 100 pieces moves it 100
// times.

/** `x[begin ... begin + size]`. */
export function slice(backend: WasmBackend, inputs: KernelInputs<'x'>, attrs: SliceAttrs): TensorInfo {
  const { x } = inputs;
  const [begin, size] = slice_util.parseSliceParams(x, attrs.begin, attrs.size) as [number[], number[]];
  slice_util.assertParamsValid(x, begin, size);
  return copyBlock(backend, x, begin, size, size);
}

/** The pieces of x along an axis. */
export function splitV(backend: WasmBackend, inputs: KernelInputs<'x'>, attrs: SplitVAttrs): TensorInfo[] {
  const { x } = inputs;
  const axis = util.parseAxisParam(attrs.axis, x.shape)[0]!;
  const begin: number[] = x.shape.map(() => 0);
  return backend_util.prepareSplitSize(x as Tensor, attrs.numOrSizeSplits, axis).map((length) => {
    const size = x.shape.map((full, at) => (at === axis ? length : full));
    const piece = copyBlock(backend, x, begin, size, size);
    begin[axis]! += length;
    return piece;
  });
}

/** The slices of one element along an axis, without that axis. */
export function unpack(backend: WasmBackend, inputs: KernelInputs<'value'>, attrs: UnpackAttrs): TensorInfo[] {
  const { value } = inputs;
  const axis = util.parseAxisParam(attrs.axis, value.shape)[0]!;
  const size = value.shape.map((full, at) => (at === axis ? 1 : full));
  const shape = value.shape.filter((_, at) => at !== axis);
  return Array.from({ length: value.shape[axis]! }, (_, index) => {
    const begin = value.shape.map((_, at) => (at === axis ? index : 0));
    return copyBlock(backend, value, begin, size, shape);
  });
}
