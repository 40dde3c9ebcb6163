import {
  backend_util,
  type MaxPool3DAttrs,
  type MaxPool3DGradAttrs,
  type MaxPoolAttrs,
  type MaxPoolGradAttrs,
  type MaxPoolWithArgmaxAttrs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { copyBlock } from '../copy.js';
import { holdsFinite } from '../elements.js';
import { WasmGradientsError } from '../errors.js';
import { type KernelInputs, offsetOf, type WasmBackend } from '../wasm-backend.js';
import { isIdentityPool, isPlainPool } from './pool-sizes.js';
import { requireOutput } from './require-output.js';

// The originals of all four start the search for the largest value at the smallest *positive* float: a window without
// positive values gave that float as its maximum, and lost its gradient.

type Shape4D = [number, number, number, number];
type Shape5D = [number, number, number, number, number];
type Window = { out: number; in: number; size: number; stride: number; pad: number };
type Pool = { batch: number; channels: number; depth: Window; height: Window; width: Window };

/** The windows of a pooling over height and width, as one over a single layer of depth. */
function pool2D(x: TensorInfo, { filterSize, strides, pad, dimRoundingMode }: MaxPoolGradAttrs): Pool {
  const info = backend_util.computePool2DInfo(x.shape as Shape4D, filterSize, strides, 1, pad, dimRoundingMode);
  requireOutput('maxPool', info.outShape);
  return {
    batch: info.batchSize,
    channels: info.inChannels,
    depth: { out: 1, in: 1, size: 1, stride: 1, pad: 0 },
    height: window(info.outHeight, info.inHeight, info.filterHeight, info.strideHeight, info.padInfo.top),
    width: window(info.outWidth, info.inWidth, info.filterWidth, info.strideWidth, info.padInfo.left),
  };
}

function pool3D(
  x: TensorInfo,
  { filterSize, strides, pad, dimRoundingMode }: MaxPool3DAttrs | MaxPool3DGradAttrs,
): Pool {
  const info = backend_util.computePool3DInfo(x.shape as Shape5D, filterSize, strides, 1, pad, dimRoundingMode);
  requireOutput('maxPool3d', info.outShape);
  return {
    batch: info.batchSize,
    channels: info.inChannels,
    depth: window(info.outDepth, info.inDepth, info.filterDepth, info.strideDepth, info.padInfo.front),
    height: window(info.outHeight, info.inHeight, info.filterHeight, info.strideHeight, info.padInfo.top),
    width: window(info.outWidth, info.inWidth, info.filterWidth, info.strideWidth, info.padInfo.left),
  };
}

function window(out: number, length: number, size: number, stride: number, pad: number): Window {
  return { out, in: length, size, stride, pad };
}

/** Where window number `at` starts and ends within the image. */
function range({ in: length, size, stride, pad }: Window, at: number): [from: number, to: number] {
  const start = at * stride - pad;
  return [Math.max(0, start), Math.min(length, start + size)];
}

/**
 * For every output, the index of the first largest value of its window; -1 where a window holds nothing or only NaN.
 */
function maxPositions(backend: WasmBackend, x: TensorInfo, pool: Pool): Int32Array {
  const { batch, channels, depth, height, width } = pool;
  const heap = backend.wasm.HEAPF32;
  const start = offsetOf(backend, x) >>> 2;
  const positions = new Int32Array(batch * depth.out * height.out * width.out * channels);
  let out = 0;
  for (let n = 0; n < batch; n++) {
    for (let od = 0; od < depth.out; od++) {
      const [z0, z1] = range(depth, od);
      for (let oy = 0; oy < height.out; oy++) {
        const [y0, y1] = range(height, oy);
        for (let ox = 0; ox < width.out; ox++) {
          const [x0, x1] = range(width, ox);
          for (let c = 0; c < channels; c++, out++) {
            let best = Number.NEGATIVE_INFINITY;
            let position = -1;
            for (let z = z0; z < z1; z++) {
              for (let y = y0; y < y1; y++) {
                const row = ((n * depth.in + z) * height.in + y) * width.in;
                for (let column = x0; column < x1; column++) {
                  const at = (row + column) * channels + c;
                  if (heap[start + at]! > best) {
                    best = heap[start + at]!;
                    position = at;
                  }
                }
              }
            }
            positions[out] = position;
          }
        }
      }
    }
  }
  return positions;
}

function gradient(backend: WasmBackend, { dy, input }: KernelInputs<'dy' | 'input'>, pool: Pool): TensorInfo {
  const out = backend.makeOutput(input.shape, 'float32');
  const positions = maxPositions(backend, input, pool);
  const heap = backend.wasm.HEAPF32;
  const dx = offsetOf(backend, out) >>> 2;
  const from = offsetOf(backend, dy) >>> 2;
  heap.fill(0, dx, dx + util.sizeFromShape(input.shape));
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i]!;
    if (position >= 0) heap[dx + position] = heap[dx + position]! + heap[from + i]!;
  }
  return out;
}

function values(backend: WasmBackend, x: TensorInfo, positions: Int32Array, shape: number[]): TensorInfo {
  const out = backend.makeOutput(shape, 'float32');
  const heap = backend.wasm.HEAPF32;
  const to = offsetOf(backend, out) >>> 2;
  const from = offsetOf(backend, x) >>> 2;
  for (let i = 0; i < positions.length; i++) {
    heap[to + i] = positions[i]! < 0 ? Number.NEGATIVE_INFINITY : heap[from + positions[i]!]!;
  }
  return out;
}

/**
 * `maxPool(x)`: NaN is never the largest value. The original reads and writes past the end where windows do not fit.
 */
export function maxPool(backend: WasmBackend, { x }: KernelInputs<'x'>, attrs: MaxPoolAttrs): TensorInfo | undefined {
  if (x.dtype !== 'float32') return undefined;
  const info = backend_util.computePool2DInfo(
    x.shape as Shape4D,
    attrs.filterSize,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  );
  if (isPlainPool(info) && holdsFinite(backend, x)) return undefined;
  if (isIdentityPool(info)) return copyBlock(backend, x, [0, 0, 0, 0], x.shape, x.shape);
  return values(backend, x, maxPositions(backend, x, pool2D(x, attrs)), info.outShape);
}

/** Gradient of `maxPool`: dy goes to the first largest value of each window. */
export function maxPoolGrad(
  backend: WasmBackend,
  inputs: KernelInputs<'dy' | 'input'>,
  attrs: MaxPoolGradAttrs,
): TensorInfo {
  return gradient(backend, inputs, pool2D(inputs.input, attrs));
}

/** Gradient of `maxPool3d`. */
export function maxPool3DGrad(
  backend: WasmBackend,
  inputs: KernelInputs<'dy' | 'input'>,
  attrs: MaxPool3DGradAttrs,
): TensorInfo {
  return gradient(backend, inputs, pool3D(inputs.input, attrs));
}

/** `maxPool3d(x)`, x `[N, D, H, W, C]`. */
export function maxPool3D(backend: WasmBackend, { x }: KernelInputs<'x'>, attrs: MaxPool3DAttrs): TensorInfo {
  const pool = pool3D(x, attrs);
  const { batch, depth, height, width, channels } = pool;
  const shape = [batch, depth.out, height.out, width.out, channels];
  return values(backend, x, maxPositions(backend, x, pool), shape);
}

/** `maxPoolWithArgmax(x)`: the maxima, and their indices in x or, without the batch, in the image. */
export function maxPoolWithArgmax(
  backend: WasmBackend,
  { x }: KernelInputs<'x'>,
  attrs: MaxPoolWithArgmaxAttrs,
): TensorInfo[] | undefined {
  if (x.shape.length !== 4) {
    throw new WasmGradientsError(
      'WASM_KERNEL_ARGUMENT',
      `maxPoolWithArgmax: x: expected [N, H, W, C], got [${x.shape}].`,
    );
  }
  if (x.dtype !== 'float32') return undefined;
  const pool = pool2D(x, attrs);
  const { batch, height, width, channels } = pool;
  const shape = [batch, height.out, width.out, channels];
  const positions = maxPositions(backend, x, pool);
  const maxima = values(backend, x, positions, shape);
  const indices = backend.makeOutput(shape, 'int32');
  const image = height.in * width.in * channels;
  const reduced = attrs.includeBatchInIndex ? positions : positions.map((at) => (at < 0 ? at : at % image));
  backend.wasm.HEAP32.set(reduced, offsetOf(backend, indices) >>> 2);
  return [maxima, indices];
}
