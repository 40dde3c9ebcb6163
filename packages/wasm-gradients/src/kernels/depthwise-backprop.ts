import type {
  backend_util,
  DepthwiseConv2dNativeBackpropFilterAttrs,
  DepthwiseConv2dNativeBackpropInputAttrs,
  TensorInfo,
} from '@tensorflow/tfjs-core';
import { type KernelInputs, offsetOf, type WasmBackend, withScratch } from '../wasm-backend.js';
import { depthwiseSizes } from './conv2d-sizes.js';
import { convolve, fastFilterSize, planConvolution } from './depthwise.js';

type Info = backend_util.Conv2DInfo;

/** A row of pixels that one filter tap joins: `count` of x, `xStep` apart, with as many neighbours of y. */
type Run = { xPixel: number; yPixel: number; tap: number; count: number; xStep: number };

/** Calls `work` once for every row of outputs and every filter tap. */
function forEachRun(info: Info, work: (run: Run) => void): void {
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
          const count = Math.min(outWidth, Math.ceil((inWidth - left) / strideWidth)) - first;
          if (count <= 0) continue;
          work({
            xPixel: (n * inHeight + y) * inWidth + first * strideWidth + left,
            yPixel: (n * outHeight + oy) * outWidth + first,
            tap: ky * filterWidth + kx,
            count,
            xStep: strideWidth,
          });
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
  const { inputShape } = attrs;
  const info = depthwiseSizes(inputShape, filter.shape, attrs);
  const out = backend.makeOutput(inputShape, 'float32');
  const [dx, g, w] = [out, dy, filter].map((tensor) => offsetOf(backend, tensor) >>> 2) as [number, number, number];
  const C = info.inChannels;
  const multiplier = info.outChannels / C;
  if (multiplier === 1 && byConvolution(backend, info, inputs, out)) return out;
  const heap = backend.wasm.HEAPF32;
  heap.fill(0, dx, dx + inputShape[0] * inputShape[1] * inputShape[2] * C);
  forEachRun(info, ({ xPixel, yPixel, tap, count, xStep }) => {
    for (let pixel = 0; pixel < count; pixel++) {
      const target = dx + (xPixel + pixel * xStep) * C;
      let from = g + (yPixel + pixel) * C * multiplier;
      let weight = w + tap * C * multiplier;
      for (let c = 0; c < C; c++) {
        let sum = heap[target + c]!;
        for (let q = 0; q < multiplier; q++) sum += heap[from++]! * heap[weight++]!;
        heap[target + c] = sum;
      }
    }
  });
  return out;
}

/** At stride 1 the gradient is a depthwise convolution of dy with the flipped filter. */
function byConvolution(
  backend: WasmBackend,
  info: Info,
  { dy, filter }: KernelInputs<'dy' | 'filter'>,
  out: TensorInfo,
): boolean {
  const { filterHeight, filterWidth, inChannels: C, dilationHeight, dilationWidth } = info;
  if (info.strideHeight !== 1 || info.strideWidth !== 1) return false;
  const size = fastFilterSize(filterHeight, filterWidth) ?? [filterHeight, filterWidth];
  const backward = {
    ...info,
    inHeight: info.outHeight,
    inWidth: info.outWidth,
    outHeight: info.inHeight,
    outWidth: info.inWidth,
  };
  const top = (filterHeight - 1) * dilationHeight - info.padInfo.top;
  const left = (filterWidth - 1) * dilationWidth - info.padInfo.left;
  const plan = planConvolution(backward, size, top, left);
  if (plan === undefined || backward.inHeight * backward.inWidth * info.batchSize * C === 0) return false;
  withScratch(backend, (allocate) => {
    const flipped = allocate(size[0] * size[1] * C);
    const heap = backend.wasm.HEAPF32;
    heap.fill(0, flipped >>> 2, (flipped >>> 2) + size[0] * size[1] * C);
    for (let y = 0; y < filterHeight; y++) {
      for (let x = 0; x < filterWidth; x++) {
        const tap = (filterHeight - 1 - y) * filterWidth + filterWidth - 1 - x;
        const source = (offsetOf(backend, filter) >>> 2) + tap * C;
        heap.copyWithin((flipped >>> 2) + (y * size[1] + x) * C, source, source + C);
      }
    }
    convolve(backend, offsetOf(backend, dy), flipped, offsetOf(backend, out), plan);
  });
  return true;
}

/** Gradient of `depthwiseConv2d(x, filter)` with respect to the filter `[kh, kw, C, multiplier]`. */
export function depthwiseBackpropFilter(
  backend: WasmBackend,
  inputs: KernelInputs<'x' | 'dy'>,
  attrs: DepthwiseConv2dNativeBackpropFilterAttrs,
): TensorInfo {
  const { x, dy } = inputs;
  const { filterShape } = attrs;
  const info = depthwiseSizes(x.shape, filterShape, attrs);
  const out = backend.makeOutput(filterShape, 'float32');
  const heap = backend.wasm.HEAPF32;
  const [dw, g, input] = [out, dy, x].map((tensor) => offsetOf(backend, tensor) >>> 2) as [number, number, number];
  const C = info.inChannels;
  const multiplier = info.outChannels / C;
  heap.fill(0, dw, dw + info.filterHeight * info.filterWidth * C * multiplier);
  forEachRun(info, ({ xPixel, yPixel, tap, count, xStep }) => {
    let pixel = 0;
    let source = input + xPixel * C;
    let from = g + yPixel * C * multiplier;
    const weights = dw + tap * C * multiplier;
    const step = xStep * C;
    if (multiplier === 1) {
      // four pixels at once: a quarter of the traffic for the weights
      for (; pixel + 4 <= count; pixel += 4, source += 4 * step, from += 4 * C) {
        for (let c = 0; c < C; c++) {
          const x0 = source + c;
          const y0 = from + c;
          heap[weights + c] =
            heap[weights + c]! +
            (heap[x0]! * heap[y0]! + heap[x0 + step]! * heap[y0 + C]!) +
            (heap[x0 + 2 * step]! * heap[y0 + 2 * C]! + heap[x0 + 3 * step]! * heap[y0 + 3 * C]!);
        }
      }
    }
    for (; pixel < count; pixel++, source += step) {
      let weight = weights;
      for (let c = 0; c < C; c++) {
        for (let q = 0; q < multiplier; q++, weight++) heap[weight] = heap[weight]! + heap[from++]! * heap[source + c]!;
      }
    }
  });
  return out;
}
