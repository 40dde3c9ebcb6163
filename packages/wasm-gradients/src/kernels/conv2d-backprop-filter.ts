import type { Conv2DBackpropFilterAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { multiplyById } from '../multiply.js';
import { type KernelInputs, offsetOf, type WasmBackend, withId, withScratch } from '../wasm-backend.js';
import { type Conv2DSizes, conv2DSizes } from './conv2d-sizes.js';

/**
 * Gradient of `conv2d(x, filter)` with respect to the filter:
 * `dw[ky, kx, i, o] = sum over n, oy, ox of x[n, oy * s + ky - p, ox * s + kx - p, i] * dy[n, oy, ox, o]`.
 */
export function conv2DBackpropFilter(
  backend: WasmBackend,
  inputs: KernelInputs<'x' | 'dy'>,
  attrs: Conv2DBackpropFilterAttrs,
): TensorInfo {
  const { x, dy } = inputs;
  const { filterShape } = attrs;
  const info = conv2DSizes('conv2DBackpropFilter', x.shape, filterShape, attrs);
  const out = backend.makeOutput(filterShape, 'float32');
  writeFilterGradient(backend, info, {
    x: offsetOf(backend, x),
    dy: offsetOf(backend, dy),
    out: offsetOf(backend, out),
  });
  return out;
}

/**
 * No columns are gathered (no im2col). x is written once, channel first and padded with zeros, one image per phase of
 * the stride; dy is laid on the same grid of rows, with zeros where there is no output. In that form the sum for one
 * filter tap is a plain product of matrices whose left one starts `ky * rowLength + kx` floats later: what runs over
 * the end of a row meets a zero of dy. So each tap is one GEMM on a shifted view of the same memory.
 */
export function writeFilterGradient(
  backend: WasmBackend,
  info: Conv2DSizes,
  { x: xOffset, dy: dyOffset, out: outOffset }: { x: number; dy: number; out: number },
): void {
  const { batchSize: N, inHeight: H, inWidth: W, inChannels: I, outHeight, outWidth, outChannels: O } = info;
  const { filterHeight, filterWidth, strideHeight: sh, strideWidth: sw } = info;
  const { top, left } = info.padInfo;
  if (I * O * filterHeight * filterWidth === 0) return;
  if (N * H * W * outHeight * outWidth === 0) {
    backend.wasm.HEAPF32.fill(0, outOffset >>> 2, (outOffset >>> 2) + I * O * filterHeight * filterWidth);
    return;
  }

  const shiftY = Math.floor((filterHeight - 1) / sh); // how far the last tap's view is shifted, in rows of a phase
  const shiftX = Math.floor((filterWidth - 1) / sw);
  // Zero columns on the left of a row also serve as those on the right of the row before it; rows likewise.
  const columns = gridSize(outWidth, shiftX, left, W, sw);
  const rows = gridSize(outHeight, shiftY, top, H, sh);
  const K = N * rows * columns;
  const phasesY = Math.min(sh, filterHeight);
  const phasesX = Math.min(sw, filterWidth);
  const tail = shiftY * columns + shiftX;

  withScratch(backend, (allocate) => {
    const plain = columns === outWidth && rows === outHeight;
    const grid = plain ? dyOffset : allocate(K * O);
    const phases = allocate(phasesY * phasesX * I * K + tail);
    const heap = backend.wasm.HEAPF32;
    if (!plain) {
      const start = grid >>> 2;
      heap.fill(0, start, start + K * O);
      for (let n = 0; n < N; n++) {
        for (let y = 0; y < outHeight; y++) {
          const source = (dyOffset >>> 2) + (n * outHeight + y) * outWidth * O;
          heap.copyWithin(start + (n * rows + y) * columns * O, source, source + outWidth * O);
        }
      }
    }
    const start = phases >>> 2;
    heap.fill(0, start, start + phasesY * phasesX * I * K + tail);
    for (let n = 0; n < N; n++) {
      for (let y = 0; y < H; y++) {
        const phaseY = (y + top) % sh;
        const row = (y + top - phaseY) / sh;
        if (phaseY >= phasesY || row >= rows) continue;
        const source = (xOffset >>> 2) + (n * H + y) * W * I;
        const target = start + phaseY * phasesX * I * K + (n * rows + row) * columns;
        for (let phaseX = 0; phaseX < phasesX; phaseX++) {
          const first = (((phaseX - left) % sw) + sw) % sw; // the first column of x in this phase
          const to = target + phaseX * I * K + (first + left - phaseX) / sw;
          const count = Math.min(Math.ceil((W - first) / sw), columns - (first + left - phaseX) / sw);
          spread(heap, source + first * I, to, count, sw * I, I, K);
        }
      }
    }
    withId(backend, grid, K * O, (gridId) => {
      for (let ky = 0; ky < filterHeight; ky++) {
        for (let kx = 0; kx < filterWidth; kx++) {
          const phase = (ky % sh) * phasesX + (kx % sw);
          const shift = Math.floor(ky / sh) * columns + Math.floor(kx / sw);
          const tap = outOffset + 4 * (ky * filterWidth + kx) * I * O;
          multiplyById(backend, phases + 4 * (phase * I * K + shift), gridId, tap, I, K, O);
        }
      }
    });
  });
}

/** Length of one row (or number of rows) of the common grid: it must hold the outputs, and x with shared zeros. */
function gridSize(outSize: number, shift: number, padBefore: number, inSize: number, stride: number): number {
  const used = Math.min(Math.ceil((padBefore + inSize) / stride), outSize + shift);
  return Math.max(outSize, used, outSize + shift - Math.floor(padBefore / stride));
}

/** `heap[to + c * rowLength + j] = heap[from + j * step + c]`: pixels with channels last to channels first. */
function spread(
  heap: Float32Array,
  from: number,
  to: number,
  count: number,
  step: number,
  channels: number,
  rowLength: number,
): void {
  for (let j0 = 0; j0 < count; j0 += 16) {
    const j1 = Math.min(count, j0 + 16);
    for (let c = 0; c < channels; c++) {
      const target = to + c * rowLength;
      for (let j = j0, source = from + j0 * step + c; j < j1; j++, source += step) heap[target + j] = heap[source]!;
    }
  }
}
