import {
  backend_util,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type KernelInputs, offsetOf, type WasmBackend } from '../wasm-backend';

type Shape4D = [number, number, number, number];
type Info = backend_util.Conv2DInfo;

/** Calls `work` once for every pair of an input and an output pixel that a filter tap joins. */
function forEachTap(info: Info, work: (xPixel: number, yPixel: number, tap: number) => void): void {
  const { batchSize, inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth } = info;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo } = info;
  for (let n = 0; n < batchSize; n++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ky = 0; ky < filterHeight; ky++) {
        const y = oy * strideHeight + ky * dilationHeight - padInfo.top;
        if (y < 0 || y >= inHeight) continue;
        for (let kx = 0; kx < filterWidth; kx++) {
          const left = kx * dilationWidth - padInfo.left;
          const first = left < 0 ? Math.ceil(-left / strideWidth) : 0;
          const end = Math.min(outWidth, Math.ceil((inWidth - left) / strideWidth));
          for (let ox = first; ox < end; ox++) {
            work(
              (n * inHeight + y) * inWidth + ox * strideWidth + left,
              (n * outHeight + oy) * outWidth + ox,
              ky * filterWidth + kx,
            );
          }
        }
      }
    }
  }
}

/** Gradient of `depthwiseConv2d(x, filter [kh, kw, C, multiplier])` with respect to x. */
export function depthwiseBackpropInput(
  backend: WasmBackend,
  inputs: KernelInputs<'dy' | 'filter'>,
  attrs: DepthwiseConv2dNativeBackpropInputAttrs,
): TensorInfo {
  const { dy, filter } = inputs;
  const { strides, dilations, pad, dimRoundingMode, inputShape } = attrs;
  const info = backend_util.computeConv2DInfo(
    inputShape,
    filter.shape as Shape4D,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  );
  const out = backend.makeOutput(inputShape, 'float32');
  const heap = backend.wasm.HEAPF32;
  const [dx, g, w] = [out, dy, filter].map((tensor) => offsetOf(backend, tensor) >>> 2) as [number, number, number];
  const C = info.inChannels;
  const multiplier = info.outChannels / C;
  heap.fill(0, dx, dx + inputShape[0] * inputShape[1] * inputShape[2] * C);
  forEachTap(info, (xPixel, yPixel, tap) => {
    const target = dx + xPixel * C;
    let from = g + yPixel * C * multiplier;
    let weight = w + tap * C * multiplier;
    if (multiplier === 1) {
      for (let c = 0; c < C; c++) heap[target + c] = heap[target + c]! + heap[from + c]! * heap[weight + c]!;
    } else {
      for (let c = 0; c < C; c++) {
        for (let q = 0; q < multiplier; q++) heap[target + c] = heap[target + c]! + heap[from++]! * heap[weight++]!;
      }
    }
  });
  return out;
}

/** Gradient of `depthwiseConv2d(x, filter)` with respect to the filter `[kh, kw, C, multiplier]`. */
export function depthwiseBackpropFilter(
  backend: WasmBackend,
  inputs: KernelInputs<'x' | 'dy'>,
  attrs: DepthwiseConv2dNativeBackpropFilterAttrs,
): TensorInfo {
  const { x, dy } = inputs;
  const { strides, dilations, pad, dimRoundingMode, filterShape } = attrs;
  const info = backend_util.computeConv2DInfo(
    x.shape as Shape4D,
    filterShape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  );
  const out = backend.makeOutput(filterShape, 'float32');
  const heap = backend.wasm.HEAPF32;
  const [dw, g, input] = [out, dy, x].map((tensor) => offsetOf(backend, tensor) >>> 2) as [number, number, number];
  const C = info.inChannels;
  const multiplier = info.outChannels / C;
  heap.fill(0, dw, dw + info.filterHeight * info.filterWidth * C * multiplier);
  forEachTap(info, (xPixel, yPixel, tap) => {
    const source = input + xPixel * C;
    let from = g + yPixel * C * multiplier;
    let weight = dw + tap * C * multiplier;
    if (multiplier === 1) {
      for (let c = 0; c < C; c++) heap[weight + c] = heap[weight + c]! + heap[from + c]! * heap[source + c]!;
    } else {
      for (let c = 0; c < C; c++) {
        for (let q = 0; q < multiplier; q++, weight++) heap[weight] = heap[weight]! + heap[from++]! * heap[source + c]!;
      }
    }
  });
  return out;
}
