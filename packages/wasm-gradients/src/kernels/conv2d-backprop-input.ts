import { type Conv2DBackpropInputAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { copyBlock } from '../copy.js';
import { WasmGradientsError } from '../errors.js';
import { multiply, multiplyById, transpose } from '../multiply.js';
import { type KernelInputs, offsetOf, type WasmBackend, withId, withScratch } from '../wasm-backend.js';
import { type Conv2DSizes, conv2DSizes } from './conv2d-sizes.js';

/** How the gradient is computed; `auto` takes what measured fastest for such a shape. For measurements. */
export type Conv2DBackpropInputPlan = 'auto' | 'convolution' | 'filter-times-gradient' | 'gradient-times-filter';

/**
 * Gradient of `conv2d(x, filter)` with respect to x, which is also `conv2dTranspose`:
 * `dx[n, y, x, i] = sum over ky, kx, o of dy[n, (y + p - ky) / s, (x + p - kx) / s, o] * w[ky, kx, i, o]`.
 *
 * Three ways, all on XNNPACK, none of which multiplies by inserted zeros:
 * - `convolution`: for stride 1, a convolution of dy with the filter flipped and its channels swapped;
 * - `gradient-times-filter`: columns = dy [P, O] * filter [O, kh * kw * I], added up at their places (col2im);
 * - `filter-times-gradient`: columns = filter [kh * kw * I, O] * dy [O, P]: the filter is used as it lies in memory,
 *   neither transposed nor packed, which is what counts where many channels meet few pixels.
 */
export function conv2DBackpropInput(
  backend: WasmBackend,
  inputs: KernelInputs<'dy' | 'filter'>,
  attrs: Conv2DBackpropInputAttrs,
  plan: Conv2DBackpropInputPlan = 'auto',
): TensorInfo {
  const { filter } = inputs;
  const { inputShape } = attrs;
  const info = conv2DSizes('conv2DBackpropInput', inputShape, filter.shape, attrs);
  const dyShape = [info.batchSize, info.outHeight, info.outWidth, info.outChannels];
  if (!util.arraysEqual(inputs.dy.shape, dyShape)) return ofWholeImage(backend, inputs, attrs, dyShape, plan);
  const { dy } = inputs;
  const out = backend.makeOutput(inputShape, 'float32');
  const size = inputShape.reduce((product, length) => product * length, 1);
  const start = offsetOf(backend, out) >>> 2;
  if (info.outHeight * info.outWidth * info.outChannels * size === 0) {
    backend.wasm.HEAPF32.fill(0, start, start + size);
    return out;
  }
  const offsets = { dy: offsetOf(backend, dy), filter: offsetOf(backend, filter), out: offsetOf(backend, out) };
  const chosen = plan === 'auto' ? choosePlan(info) : plan;
  if (chosen === 'convolution') {
    byConvolution(backend, info, offsets);
  } else {
    backend.wasm.HEAPF32.fill(0, start, start + size);
    if (chosen === 'filter-times-gradient') byFilterTimesGradient(backend, info, offsets);
    else byGradientTimesFilter(backend, info, offsets);
  }
  return out;
}

/**
 * `conv2dTranspose` takes an image of any size. The convolution that makes `inputShape` from one has a size of its own:
 * as on the other backends, what is larger is cut.
 *
 * @throws WasmGradientsError if it is smaller
 */
function ofWholeImage(
  backend: WasmBackend,
  { dy, filter }: KernelInputs<'dy' | 'filter'>,
  attrs: Conv2DBackpropInputAttrs,
  dyShape: number[],
  plan: Conv2DBackpropInputPlan,
): TensorInfo {
  if (dy.shape.length !== 4 || dyShape.some((size, axis) => size > dy.shape[axis]!)) {
    throw new WasmGradientsError(
      'WASM_KERNEL_ARGUMENT',
      `conv2dTranspose: for an output of [${attrs.inputShape}] the image must be [${dyShape}], got [${dy.shape}].`,
    );
  }
  const part = copyBlock(backend, dy, [0, 0, 0, 0], dyShape, dyShape);
  const out = conv2DBackpropInput(backend, { dy: part, filter }, attrs, plan);
  backend.disposeData(part.dataId);
  return out;
}

type Offsets = { dy: number; filter: number; out: number };

/** Padding of the convolution that runs backward, at stride 1. */
function backwardPadding(info: Conv2DSizes) {
  const top = info.filterHeight - 1 - info.padInfo.top;
  const left = info.filterWidth - 1 - info.padInfo.left;
  const bottom = info.inHeight - info.outHeight - top + info.filterHeight - 1;
  const right = info.inWidth - info.outWidth - left + info.filterWidth - 1;
  return { top, left, bottom, right, possible: Math.min(top, left, bottom, right) >= 0 };
}

/**
 * The constants are nanoseconds measured for one element: 8.7 to flip, transpose and pack a filter for a convolution,
 * 8 to transpose and pack it for a product, 3.2 and 2 to add up one element of the columns.
 */
function choosePlan(info: Conv2DSizes): Conv2DBackpropInputPlan {
  const P = info.batchSize * info.outHeight * info.outWidth;
  const O = info.outChannels;
  const byFilter = 3.2 * P;
  if (info.strideHeight === 1 && info.strideWidth === 1 && backwardPadding(info).possible) {
    return 8.7 * O < byFilter ? 'convolution' : 'filter-times-gradient';
  }
  return isCheaperByGradient(info) ? 'gradient-times-filter' : 'filter-times-gradient';
}

function isCheaperByGradient({ batchSize, outHeight, outWidth, outChannels }: Conv2DSizes): boolean {
  const P = batchSize * outHeight * outWidth;
  return 8 * outChannels + 2 * P < 3.2 * P;
}

/** Adds the gradient to what lies at `offsets.out`. */
export function addConv2DGradient(backend: WasmBackend, info: Conv2DSizes, offsets: Offsets): void {
  const pixels = info.batchSize * info.outHeight * info.outWidth;
  if (pixels * info.outChannels * info.inChannels === 0) return;
  if (isCheaperByGradient(info)) byGradientTimesFilter(backend, info, offsets);
  else byFilterTimesGradient(backend, info, offsets);
}

function byConvolution(backend: WasmBackend, info: Conv2DSizes, offsets: Offsets): void {
  const { batchSize, filterHeight, filterWidth, inChannels: I, outChannels: O, outHeight, outWidth } = info;
  const taps = filterHeight * filterWidth;
  const padding = backwardPadding(info);
  withScratch(backend, (allocate) => {
    const flipped = allocate(taps * O * I);
    for (let tap = 0; tap < taps; tap++) {
      const source = (offsets.filter >>> 2) + (taps - 1 - tap) * I * O;
      transpose(backend.wasm.HEAPF32, source, (flipped >>> 2) + tap * I * O, I, O);
    }
    withId(backend, offsets.dy, batchSize * outHeight * outWidth * O, (dyId) =>
      withId(backend, flipped, taps * O * I, (filterId) =>
        withId(backend, offsets.out, batchSize * info.inHeight * info.inWidth * I, (outId) =>
          backend.wasm._Conv2D(
            dyId,
            batchSize,
            outHeight,
            outWidth,
            filterId,
            filterHeight,
            filterWidth,
            padding.top,
            padding.right,
            padding.bottom,
            padding.left,
            0,
            1,
            1,
            1,
            1,
            O,
            I,
            outId,
          ),
        ),
      ),
    );
  });
}

function byGradientTimesFilter(backend: WasmBackend, info: Conv2DSizes, offsets: Offsets): void {
  const { batchSize, filterHeight, filterWidth, inChannels: I, outChannels: O, outHeight, outWidth } = info;
  const row = filterHeight * filterWidth * I;
  const chunk = rowsAtOnce(outHeight, outWidth * row);
  withScratch(backend, (allocate) => {
    const filterT = allocate(O * row);
    const columns = allocate(chunk * outWidth * row);
    transpose(backend.wasm.HEAPF32, offsets.filter >>> 2, filterT >>> 2, row, O);
    withId(backend, filterT, O * row, (filterId) => {
      for (let n = 0; n < batchSize; n++) {
        for (let y0 = 0; y0 < outHeight; y0 += chunk) {
          const rows = Math.min(chunk, outHeight - y0);
          const dyRows = offsets.dy + 4 * (n * outHeight + y0) * outWidth * O;
          multiplyById(backend, dyRows, filterId, columns, rows * outWidth, O, row);
          // columns: [pixel, ky, kx, i]
          addColumns(backend.wasm.HEAPF32, info, offsets.out >>> 2, columns >>> 2, n, y0, rows, row, I, 1);
        }
      }
    });
  });
}

function byFilterTimesGradient(backend: WasmBackend, info: Conv2DSizes, offsets: Offsets): void {
  const { batchSize, filterHeight, filterWidth, inChannels: I, outChannels: O, outHeight, outWidth } = info;
  const row = filterHeight * filterWidth * I;
  const pixels = outHeight * outWidth;
  // whole images at once where they are small, else some rows of one
  const images = Math.max(1, Math.min(batchSize, Math.floor(columnFloats / (pixels * row))));
  const chunk = images > 1 ? outHeight : rowsAtOnce(outHeight, outWidth * row);
  withScratch(backend, (allocate) => {
    const most = images * chunk * outWidth;
    const dyT = allocate(most * O);
    const columns = allocate(most * row);
    for (let n0 = 0; n0 < batchSize; n0 += images) {
      const count = Math.min(images, batchSize - n0);
      for (let y0 = 0; y0 < outHeight; y0 += chunk) {
        const rows = Math.min(chunk, outHeight - y0);
        const P = count * rows * outWidth;
        const dyRows = (offsets.dy >>> 2) + (n0 * outHeight + y0) * outWidth * O;
        transpose(backend.wasm.HEAPF32, dyRows, dyT >>> 2, P, O);
        multiply(backend, offsets.filter, dyT, columns, row, O, P);
        for (let n = 0; n < count; n++) {
          // columns: [ky, kx, i, pixel]
          const from = (columns >>> 2) + n * rows * outWidth;
          addColumns(backend.wasm.HEAPF32, info, offsets.out >>> 2, from, n0 + n, y0, rows, 1, I * P, P);
        }
      }
    }
  });
}

/** About a megabyte of columns at once: they stay in the second-level cache. */
const columnFloats = 1 << 18;

function rowsAtOnce(outHeight: number, floatsPerRow: number): number {
  return Math.max(1, Math.min(outHeight, Math.floor(columnFloats / floatsPerRow)));
}

/** Adds what `rows` rows of outputs of image n, from row y0, send back to x: `columns[pixel][tap][i]`, with strides. */
function addColumns(
  heap: Float32Array,
  info: Conv2DSizes,
  x: number,
  columns: number,
  n: number,
  y0: number,
  rows: number,
  pixelStep: number,
  tapStep: number,
  channelStep: number,
): void {
  const { inHeight: H, inWidth: W, inChannels: I, outWidth, filterHeight, filterWidth } = info;
  const { strideHeight, strideWidth, padInfo } = info;
  for (let row = 0; row < rows; row++) {
    for (let ky = 0; ky < filterHeight; ky++) {
      const y = (y0 + row) * strideHeight + ky - padInfo.top;
      if (y < 0 || y >= H) continue;
      for (let kx = 0; kx < filterWidth; kx++) {
        const tap = columns + (ky * filterWidth + kx) * tapStep;
        const left = kx - padInfo.left;
        const first = left < 0 ? Math.ceil(-left / strideWidth) : 0;
        const end = Math.min(outWidth, Math.ceil((W - left) / strideWidth));
        for (let column = first; column < end; column++) {
          let source = tap + (row * outWidth + column) * pixelStep;
          const target = x + ((n * H + y) * W + column * strideWidth + left) * I;
          for (let i = 0; i < I; i++, source += channelStep) heap[target + i] = heap[target + i]! + heap[source]!;
        }
      }
    }
  }
}
