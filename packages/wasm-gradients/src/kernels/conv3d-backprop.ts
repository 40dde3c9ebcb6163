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
 * Gradient of `conv3d(x [N, D, H, W, I], filter [kd, kh, kw, I, O])` with respect to x: for every output layer and every
 * layer of the filter, the gradient of a flat convolution. The original's result is wrong (finite differences).
 */
export function conv3DBackpropInput(
  backend: WasmBackend,
  { dy, filter }: KernelInputs<'dy' | 'filter'>,
  attrs: Conv3DBackpropInputV2Attrs,
): TensorInfo {
  const info = backend_util.computeConv3DInfo(attrs.inputShape, filter.shape as Shape5D, attrs.strides, 1, attrs.pad);
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
  const out = backend.makeOutput(attrs.filterShape, 'float32');
  const start = offsetOf(backend, out) >>> 2;
  backend.wasm.HEAPF32.fill(0, start, start + util.sizeFromShape(attrs.filterShape));
  const size = info.filterHeight * info.filterWidth * info.inChannels * info.outChannels;
  withScratch(backend, (allocate) => {
    const layer = allocate(size);
    forEachLayer(info, (xLayer, yLayer, filterLayer) => {
      writeFilterGradient(
        backend,
        { ...info, batchSize: 1 },
        { x: offsetOf(backend, x) + 4 * xLayer, dy: offsetOf(backend, dy) + 4 * yLayer, out: layer },
      );
      const heap = backend.wasm.HEAPF32;
      const to = start + filterLayer;
      for (let i = 0; i < size; i++) heap[to + i] = heap[to + i]! + heap[(layer >>> 2) + i]!;
    });
  });
  return out;
}
