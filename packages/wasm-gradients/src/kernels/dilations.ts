import { backend_util, type Dilation2DAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { type KernelInputs, offsetOf, type WasmBackend } from '../wasm-backend.js';
import { requireOutput } from './require-output.js';

// Morphological dilation, `y = max over the taps of x + filter`. The original starts at the smallest positive float
// (see max-pools.ts), so its values and both gradients are wrong where all sums of a window are negative.

type Attrs = Dilation2DAttrs;
type Visit = (out: number, xIndex: number, filterIndex: number, value: number) => void;

/** Calls `visit` for every output with the place of its first largest sum; windows that hold nothing are left out. */
function forEachMaximum(
  backend: WasmBackend,
  { x, filter }: KernelInputs<'x' | 'filter'>,
  attrs: Attrs,
  visit: Visit,
): void {
  const info = sizes(x, filter, attrs);
  const { batchSize, inHeight, inWidth, inChannels: C, outHeight, outWidth, filterHeight, filterWidth, padInfo } = info;
  const heap = backend.wasm.HEAPF32;
  const from = offsetOf(backend, x) >>> 2;
  const weights = offsetOf(backend, filter) >>> 2;
  let out = 0;
  for (let n = 0; n < batchSize; n++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        for (let c = 0; c < C; c++, out++) {
          let best = Number.NEGATIVE_INFINITY;
          let xIndex = -1;
          let filterIndex = -1;
          for (let ky = 0; ky < filterHeight; ky++) {
            const y = oy * info.strideHeight + ky * info.dilationHeight - padInfo.top;
            if (y < 0 || y >= inHeight) continue;
            for (let kx = 0; kx < filterWidth; kx++) {
              const column = ox * info.strideWidth + kx * info.dilationWidth - padInfo.left;
              if (column < 0 || column >= inWidth) continue;
              const at = ((n * inHeight + y) * inWidth + column) * C + c;
              const tap = (ky * filterWidth + kx) * C + c;
              const sum = heap[from + at]! + heap[weights + tap]!;
              if (sum > best) {
                best = sum;
                xIndex = at;
                filterIndex = tap;
              }
            }
          }
          if (xIndex >= 0) visit(out, xIndex, filterIndex, best);
        }
      }
    }
  }
}

function sizes(x: TensorInfo, filter: TensorInfo, { strides, pad, dilations }: Attrs) {
  const info = backend_util.computeDilation2DInfo(
    x.shape as [number, number, number, number],
    filter.shape as [number, number, number],
    strides,
    pad,
    'NHWC',
    dilations,
  );
  requireOutput('dilation2d', info.outShape);
  return info;
}

/** `dilation2d(x [N, H, W, C], filter [kh, kw, C])`. */
export function dilation2D(
  backend: WasmBackend,
  inputs: KernelInputs<'x' | 'filter'>,
  attrs: Attrs,
): TensorInfo | undefined {
  if (inputs.x.dtype !== 'float32') return undefined;
  const out = backend.makeOutput(sizes(inputs.x, inputs.filter, attrs).outShape, 'float32');
  const heap = backend.wasm.HEAPF32;
  const to = offsetOf(backend, out) >>> 2;
  heap.fill(Number.MIN_SAFE_INTEGER, to, to + util.sizeFromShape(out.shape)); // of a window without pixels, as on cpu
  forEachMaximum(backend, inputs, attrs, (at, _x, _filter, value) => {
    heap[to + at] = value;
  });
  return out;
}

function gradient(
  backend: WasmBackend,
  inputs: KernelInputs<'x' | 'filter' | 'dy'>,
  attrs: Attrs,
  towards: 'x' | 'filter',
): TensorInfo | undefined {
  if (inputs.x.dtype !== 'float32') return undefined;
  const out = backend.makeOutput(inputs[towards].shape, 'float32');
  const heap = backend.wasm.HEAPF32;
  const to = offsetOf(backend, out) >>> 2;
  const dy = offsetOf(backend, inputs.dy) >>> 2;
  heap.fill(0, to, to + util.sizeFromShape(out.shape));
  forEachMaximum(backend, inputs, attrs, (at, xIndex, filterIndex) => {
    const index = to + (towards === 'x' ? xIndex : filterIndex);
    heap[index] = heap[index]! + heap[dy + at]!;
  });
  return out;
}

/** Gradient of `dilation2d` with respect to x. */
export function dilation2DBackpropInput(
  backend: WasmBackend,
  inputs: KernelInputs<'x' | 'filter' | 'dy'>,
  attrs: Attrs,
): TensorInfo | undefined {
  return gradient(backend, inputs, attrs, 'x');
}

/** Gradient of `dilation2d` with respect to the filter. */
export function dilation2DBackpropFilter(
  backend: WasmBackend,
  inputs: KernelInputs<'x' | 'filter' | 'dy'>,
  attrs: Attrs,
): TensorInfo | undefined {
  return gradient(backend, inputs, attrs, 'filter');
}
