import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelInputs, offsetOf, type WasmBackend, withId, withScratch } from '../wasm-backend.js';

/** Filter sizes for which XNNPACK has a depthwise kernel (of 3, 4, 9 and 25 taps), smallest first. */
const fastSizes = [
  [1, 3],
  [3, 1],
  [1, 4],
  [2, 2],
  [4, 1],
  [3, 3],
  [5, 5],
] as const;

/** The smallest of them that holds `[height, width]`; undefined for 1 x 1 (fast by itself) and those too large. */
export function fastFilterSize(height: number, width: number): readonly [number, number] | undefined {
  if (height * width === 1) return undefined;
  return fastSizes.find(([h, w]) => h >= height && w >= width);
}

/**
 * `depthwiseConv2d(x, filter [kh, kw, C, 1])` with a filter of a size that XNNPACK has no kernel for, such as 4 x 4:
 * zeros at its end bring it to the next size that it has one for.
 *
 * @returns whether that was done; else XNNPACK is as fast without
 */
export function depthwiseByLargerFilter(
  backend: WasmBackend,
  { x, filter }: KernelInputs<'x' | 'filter'>,
  info: backend_util.Conv2DInfo,
  out: TensorInfo,
): boolean {
  const [height, width, channels, multiplier] = filter.shape as [number, number, number, number];
  const size = fastFilterSize(height, width);
  if (multiplier !== 1 || size === undefined || (size[0] === height && size[1] === width)) return false;
  const plan = planConvolution(info, size, info.padInfo.top, info.padInfo.left);
  if (plan === undefined) return false;
  withScratch(backend, (allocate) => {
    const padded = allocate(size[0] * size[1] * channels);
    const heap = backend.wasm.HEAPF32;
    heap.fill(0, padded >>> 2, (padded >>> 2) + size[0] * size[1] * channels);
    const from = offsetOf(backend, filter) >>> 2;
    for (let y = 0; y < height; y++) {
      const source = from + y * width * channels;
      heap.copyWithin((padded >>> 2) + y * size[1] * channels, source, source + width * channels);
    }
    convolve(backend, offsetOf(backend, x), padded, offsetOf(backend, out), plan);
  });
  return true;
}

type Sizes = Pick<
  backend_util.Conv2DInfo,
  | 'batchSize'
  | 'inHeight'
  | 'inWidth'
  | 'inChannels'
  | 'outHeight'
  | 'outWidth'
  | 'strideHeight'
  | 'strideWidth'
  | 'dilationHeight'
  | 'dilationWidth'
>;
type Plan = Sizes & { filterHeight: number; filterWidth: number } & Record<'top' | 'left' | 'bottom' | 'right', number>;

/**
 * How XNNPACK is to convolve with a filter of `size`, in place of a smaller one: with the padding at the bottom and on
 * the right that makes the output as large as `sizes` says.
 *
 * @returns undefined if no such padding does: XNNPACK would write past the output
 */
export function planConvolution(
  sizes: Sizes,
  [filterHeight, filterWidth]: readonly [number, number],
  top: number,
  left: number,
): Plan | undefined {
  const { inHeight, inWidth, outHeight, outWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = sizes;
  const height = (filterHeight - 1) * dilationHeight + 1;
  const width = (filterWidth - 1) * dilationWidth + 1;
  const bottom = Math.max(0, (outHeight - 1) * strideHeight + height - inHeight - top);
  const right = Math.max(0, (outWidth - 1) * strideWidth + width - inWidth - left);
  const fits =
    Math.min(top, left) >= 0 &&
    Math.floor((inHeight + top + bottom - height) / strideHeight) + 1 === outHeight &&
    Math.floor((inWidth + left + right - width) / strideWidth) + 1 === outWidth;
  return fits ? { ...sizes, filterHeight, filterWidth, top, left, bottom, right } : undefined;
}

/** Runs XNNPACK's depthwise convolution on pieces of the heap, given by their byte offsets. */
export function convolve(backend: WasmBackend, x: number, filter: number, out: number, plan: Plan): void {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, filterHeight, filterWidth } = plan;
  withId(backend, x, batchSize * inHeight * inWidth * inChannels, (xId) =>
    withId(backend, filter, filterHeight * filterWidth * inChannels, (filterId) =>
      withId(backend, out, batchSize * outHeight * outWidth * inChannels, (outId) =>
        backend.wasm._DepthwiseConv2dNative(
          xId,
          batchSize,
          inHeight,
          inWidth,
          filterId,
          filterHeight,
          filterWidth,
          plan.top,
          plan.right,
          plan.bottom,
          plan.left,
          0,
          plan.dilationHeight,
          plan.dilationWidth,
          plan.strideHeight,
          plan.strideWidth,
          inChannels,
          inChannels,
          outId,
        ),
      ),
    ),
  );
}
