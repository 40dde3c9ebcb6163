import {
  backend_util,
  type Conv3DBackpropFilterV2Attrs,
  type Conv3DBackpropInputV2Attrs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { type KernelInputs, offsetOf, type WasmBackend, withScratch } from '../wasm-backend.js';
import { writeFilterGradient } from './conv2d-backprop-filter.js';
import { addConv2DGradient } from './conv2d-backprop-input.js';
import type { Conv2DSizes } from './conv2d-sizes.js';
import { requireOutput } from './require-output.js';

type Shape5D = [number, number, number, number, number];

/** Calls `work` for every pair of an output and an input layer that a layer of the filter joins; offsets in floats. */
function forEachLayer(info: backend_util.Conv3DInfo, work: (x: number, y: number, filter: number) => void): void {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, filterHeight, filterWidth } = info;
  for (let n = 0; n < info.batchSize; n++) {
    for (let od = 0; od < info.outDepth; od++) {
      for (let kd = 0; kd < info.filterDepth; kd++) {
        const d = od * info.strideDepth + kd - info.padInfo.front;
        if (d < 0 || d >= info.inDepth) continue;
        work(
          (n * info.inDepth + d) * inHeight * inWidth * inChannels,
          (n * info.outDepth + od) * outHeight * outWidth * outChannels,
          kd * filterHeight * filterWidth * inChannels * outChannels,
        );
      }
    }
  }
}

/**
 * Gradient of `conv3d(x [N, D, H, W, I], filter [kd, kh, kw, I, O])` with respect to x: for every output layer and
 * every layer of the filter, the gradient of a flat convolution. The original's result is wrong (finite differences).
 */
export function conv3DBackpropInput(
  backend: WasmBackend,
  { dy, filter }: KernelInputs<'dy' | 'filter'>,
  attrs: Conv3DBackpropInputV2Attrs,
): TensorInfo {
  const info = backend_util.computeConv3DInfo(attrs.inputShape, filter.shape as Shape5D, attrs.strides, 1, attrs.pad);
  requireOutput('conv3d', info.outShape);
  const out = backend.makeOutput(attrs.inputShape, 'float32');
  const start = offsetOf(backend, out);
  backend.wasm.HEAPF32.fill(0, start >>> 2, (start >>> 2) + util.sizeFromShape(attrs.inputShape));
  forEachLayer(info, (xLayer, yLayer, filterLayer) => {
    addConv2DGradient(
      backend,
      { ...info, batchSize: 1 },
      {
        dy: offsetOf(backend, dy) + 4 * yLayer,
        filter: offsetOf(backend, filter) + 4 * filterLayer,
        out: start + 4 * xLayer,
      },
    );
  });
  return out;
}

/** Gradient of `conv3d` with respect to the filter. The original's result is wrong for strides greater than 1. */
export function conv3DBackpropFilter(
  backend: WasmBackend,
  { x, dy }: KernelInputs<'x' | 'dy'>,
  attrs: Conv3DBackpropFilterV2Attrs,
): TensorInfo {
  const info = backend_util.computeConv3DInfo(x.shape as Shape5D, attrs.filterShape, attrs.strides, 1, attrs.pad);
  requireOutput('conv3d', info.outShape);
  const out = backend.makeOutput(attrs.filterShape, 'float32');
  const start = offsetOf(backend, out) >>> 2;
  backend.wasm.HEAPF32.fill(0, start, start + util.sizeFromShape(attrs.filterShape));
  const size = info.filterHeight * info.filterWidth * info.inChannels * info.outChannels;
  withScratch(backend, (allocate) => {
    const layer = allocate(size);
    forEachLayer(info, (xLayer, yLayer, filterLayer) => {
      const flat = { ...info, batchSize: 1 };
      const at = { x: offsetOf(backend, x) + 4 * xLayer, dy: offsetOf(backend, dy) + 4 * yLayer, out: layer };
      // with strides larger than the filter tfjs-core's paddings of three dimensions are negative: pixels are left out
      if (Math.min(info.padInfo.top, info.padInfo.left) < 0) writeFilterGradientOneByOne(backend, flat, at);
      else writeFilterGradient(backend, flat, at);
      const heap = backend.wasm.HEAPF32;
      const to = start + filterLayer;
      for (let i = 0; i < size; i++) heap[to + i] = heap[to + i]! + heap[(layer >>> 2) + i]!;
    });
  });
  return out;
}

/** The gradient of a flat convolution's filter by its definition, for one image. */
function writeFilterGradientOneByOne(
  backend: WasmBackend,
  info: Conv2DSizes,
  offsets: { x: number; dy: number; out: number },
): void {
  const { inHeight, inWidth, inChannels: I, outHeight, outWidth, outChannels: O, filterHeight, filterWidth } = info;
  const heap = backend.wasm.HEAPF32;
  const [x, dy, out] = [offsets.x >>> 2, offsets.dy >>> 2, offsets.out >>> 2];
  heap.fill(0, out, out + filterHeight * filterWidth * I * O);
  for (let oy = 0; oy < outHeight; oy++) {
    for (let ox = 0; ox < outWidth; ox++) {
      for (let tap = 0; tap < filterHeight * filterWidth; tap++) {
        const y = oy * info.strideHeight + Math.floor(tap / filterWidth) - info.padInfo.top;
        const column = ox * info.strideWidth + (tap % filterWidth) - info.padInfo.left;
        if (y < 0 || y >= inHeight || column < 0 || column >= inWidth) continue;
        for (let i = 0; i < I; i++) {
          const value = heap[x + (y * inWidth + column) * I + i]!;
          const [from, to] = [dy + (oy * outWidth + ox) * O, out + (tap * I + i) * O];
          for (let o = 0; o < O; o++) heap[to + o] = heap[to + o]! + value * heap[from + o]!;
        }
      }
    }
  }
}
