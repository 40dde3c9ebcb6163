import {
  backend_util,
  type Conv2DBackpropFilterAttrs,
  type Conv2DBackpropInputAttrs,
  type DepthwiseConv2dNativeAttrs,
} from '@tensorflow/tfjs-core';
import { requireChannelsLast } from './require-channels-last.js';
import { requireOutput } from './require-output.js';

type Shape4D = [number, number, number, number];

/** What the gradients of a convolution read of it; a layer of one in three dimensions has as much. */
export type Conv2DSizes = Pick<
  backend_util.Conv2DInfo,
  | 'batchSize'
  | 'inHeight'
  | 'inWidth'
  | 'inChannels'
  | 'outHeight'
  | 'outWidth'
  | 'outChannels'
  | 'filterHeight'
  | 'filterWidth'
  | 'strideHeight'
  | 'strideWidth'
> & { padInfo: { top: number; left: number } };

/**
 * The sizes of `conv2d(x, filter)`, one of whose gradients `kernel` is.
 *
 * @throws WasmGradientsError if channels are not last
 */
export function conv2DSizes(
  kernel: string,
  x: readonly number[],
  filter: readonly number[],
  { strides, pad, dataFormat, dimRoundingMode }: Conv2DBackpropInputAttrs | Conv2DBackpropFilterAttrs,
): Conv2DSizes {
  requireChannelsLast(kernel, dataFormat);
  const info = backend_util.computeConv2DInfo(x as Shape4D, filter as Shape4D, strides, 1, pad, dimRoundingMode);
  requireOutput(kernel, info.outShape);
  return info;
}

/** The sizes of `depthwiseConv2d(x, filter)`. */
export function depthwiseSizes(
  x: readonly number[],
  filter: readonly number[],
  { strides, dilations, pad, dimRoundingMode }: Omit<DepthwiseConv2dNativeAttrs, 'dataFormat'>,
): backend_util.Conv2DInfo {
  return backend_util.computeConv2DInfo(
    x as Shape4D,
    filter as Shape4D,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    true,
  );
}
