import {
  backend_util,
  type Conv2DAttrs,
  type DepthwiseConv2dNativeAttrs,
  type FusedConv2DAttrs,
  type FusedDepthwiseConv2DAttrs,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { activate, addBias } from '../activate.js';
import { allFinite, floats, holdsFinite } from '../elements.js';
import type { KernelInputs, WasmBackend, WasmModule } from '../wasm-backend.js';
import { depthwiseSizes } from './conv2d-sizes.js';
import { depthwiseByLargerFilter, planConvolution } from './depthwise.js';
import { requireChannelsLast } from './require-channels-last.js';
import { requireOutput } from './require-output.js';

// What is wrong with the originals: with padding 'same' they leave the padding to XNNPACK, which refuses a stride
// larger than the filter, so that nothing is written; XNNPACK clamps its results, which turns NaN into -Infinity; with
// an output of no pixels, or of fewer than XNNPACK would make of the paddings, memory is read and written past the end.

type Info = backend_util.Conv2DInfo;
type Inputs = KernelInputs<'x' | 'filter'>;
type FusedInputs = Inputs & { bias?: TensorInfo; preluActivationWeights?: TensorInfo };
type Shape4D = [number, number, number, number];

/** `conv2d(x [N, H, W, I], filter [kh, kw, I, O])`. */
export function conv2D(backend: WasmBackend, inputs: Inputs, attrs: Conv2DAttrs): TensorInfo {
  requireChannelsLast('conv2d', attrs.dataFormat);
  const { strides, dilations, pad, dimRoundingMode } = attrs;
  const [x, filter] = [inputs.x.shape as Shape4D, inputs.filter.shape as Shape4D];
  const info = backend_util.computeConv2DInfo(x, filter, strides, dilations, pad, dimRoundingMode);
  requireOutput('conv2d', info.outShape);
  return convolve(backend, inputs, info, '_Conv2D');
}

/** `depthwiseConv2d(x [N, H, W, C], filter [kh, kw, C, multiplier])`. */
export function depthwiseConv2D(backend: WasmBackend, inputs: Inputs, attrs: DepthwiseConv2dNativeAttrs): TensorInfo {
  requireChannelsLast('depthwiseConv2d', attrs.dataFormat);
  const info = depthwiseSizes(inputs.x.shape, inputs.filter.shape, attrs);
  requireOutput('depthwiseConv2d', info.outShape);
  return convolve(backend, inputs, info, '_DepthwiseConv2dNative');
}

type Kernel = '_Conv2D' | '_DepthwiseConv2dNative';

function convolve(backend: WasmBackend, { x, filter }: Inputs, info: Info, kernel: Kernel): TensorInfo {
  const out = backend.makeOutput(info.outShape, 'float32');
  if (util.sizeFromShape(info.outShape) === 0) return out;
  const { top, left } = info.padInfo;
  const plan = planConvolution(info, [info.filterHeight, info.filterWidth], top, left);
  if (plan === undefined || util.sizeFromShape(x.shape) === 0) {
    return computeAnew(backend, out, () => true, valueAt(backend, x, filter, info, kernel));
  }
  if (kernel === '_Conv2D' || !depthwiseByLargerFilter(backend, { x, filter }, info, out)) {
    const [xId, filterId, outId] = [x, filter, out].map(({ dataId }) => backend.dataIdMap.get(dataId).id) as Ids;
    const run: WasmModule[Kernel] = backend.wasm[kernel];
    run(
      xId,
      plan.batchSize,
      plan.inHeight,
      plan.inWidth,
      filterId,
      plan.filterHeight,
      plan.filterWidth,
      plan.top,
      plan.right,
      plan.bottom,
      plan.left,
      0,
      plan.dilationHeight,
      plan.dilationWidth,
      plan.strideHeight,
      plan.strideWidth,
      plan.inChannels,
      info.outChannels,
      outId,
    );
  }
  if (allFinite(floats(backend, out))) return out;
  // NaN also where a zero of XNNPACK's own, of the padding or a larger filter, met an infinity
  return computeAnew(
    backend,
    out,
    (value) => !(value > Number.NEGATIVE_INFINITY),
    valueAt(backend, x, filter, info, kernel),
  );
}
type Ids = [number, number, number];
type ValueAt = (n: number, oy: number, ox: number, o: number) => number;

/** Computes anew the elements of the output that `which` chooses. */
function computeAnew(
  backend: WasmBackend,
  out: TensorInfo,
  which: (value: number) => boolean,
  valueAt: ValueAt,
): TensorInfo {
  const values = floats(backend, out);
  const [, height, width, channels] = out.shape as Shape4D;
  for (let i = 0; i < values.length; i++) {
    if (!which(values[i]!)) continue;
    const pixel = Math.floor(i / channels);
    const row = Math.floor(pixel / width);
    values[i] = valueAt(Math.floor(row / height), row % height, pixel % width, i % channels);
  }
  return out;
}

/** One element of a convolution by its definition. */
function valueAt(backend: WasmBackend, x: TensorInfo, filter: TensorInfo, info: Info, kernel: Kernel): ValueAt {
  const { inHeight, inWidth, inChannels, outChannels, filterHeight, filterWidth, padInfo } = info;
  const [from, weights] = [floats(backend, x), floats(backend, filter)];
  const multiplier = outChannels / inChannels;
  return (n, oy, ox, o) => {
    let sum = 0;
    for (let ky = 0; ky < filterHeight; ky++) {
      const y = oy * info.strideHeight + ky * info.dilationHeight - padInfo.top;
      if (y < 0 || y >= inHeight) continue;
      for (let kx = 0; kx < filterWidth; kx++) {
        const column = ox * info.strideWidth + kx * info.dilationWidth - padInfo.left;
        if (column < 0 || column >= inWidth) continue;
        const pixel = ((n * inHeight + y) * inWidth + column) * inChannels;
        const tap = ky * filterWidth + kx;
        if (kernel === '_DepthwiseConv2dNative') {
          sum += from[pixel + Math.floor(o / multiplier)]! * weights[tap * outChannels + o]!;
        } else {
          for (let i = 0; i < inChannels; i++)
            sum += from[pixel + i]! * weights[(tap * inChannels + i) * outChannels + o]!;
        }
      }
    }
    return sum;
  };
}

/**
 * `activation(conv2d(x, filter) + bias)`.
 *
 * @returns undefined where the original is right
 */
export function fusedConv2D(
  backend: WasmBackend,
  inputs: FusedInputs,
  attrs: FusedConv2DAttrs,
): TensorInfo | undefined {
  const { x, filter, bias, preluActivationWeights: slopes } = inputs;
  const { strides, dilations, pad, dimRoundingMode } = attrs;
  requireChannelsLast('fused.conv2d', attrs.dataFormat);
  const [xShape, filterShape] = [x.shape as Shape4D, filter.shape as Shape4D];
  const info = backend_util.computeConv2DInfo(xShape, filterShape, strides, dilations, pad, dimRoundingMode);
  if (isPlain(backend, inputs, info)) return undefined;
  const out = conv2D(backend, { x, filter }, attrs);
  addBias(backend, out, bias);
  return activate(backend, 'fused.conv2d', out, attrs.activation, slopes, attrs.leakyreluAlpha);
}

/** `activation(depthwiseConv2d(x, filter) + bias)`. */
export function fusedDepthwiseConv2D(
  backend: WasmBackend,
  inputs: FusedInputs,
  attrs: FusedDepthwiseConv2DAttrs,
): TensorInfo | undefined {
  const { x, filter, bias, preluActivationWeights: slopes } = inputs;
  requireChannelsLast('fused.depthwiseConv2d', attrs.dataFormat);
  const info = depthwiseSizes(x.shape, filter.shape, attrs);
  if (isPlain(backend, inputs, info)) return undefined;
  const out = depthwiseConv2D(backend, { x, filter }, attrs as DepthwiseConv2dNativeAttrs);
  addBias(backend, out, bias);
  return activate(backend, 'fused.depthwiseConv2d', out, attrs.activation, slopes, attrs.leakyreluAlpha);
}

/** Whether the original of a fused convolution is right: see the top of this file. */
function isPlain(backend: WasmBackend, inputs: FusedInputs, info: Info): boolean {
  const { x, filter, bias, preluActivationWeights: slopes } = inputs;
  const { top, left, bottom, right, type } = info.padInfo;
  const plan = planConvolution(info, [info.filterHeight, info.filterWidth], top, left);
  const perChannel = ({ shape }: TensorInfo) =>
    shape.at(-1) === info.outChannels && util.sizeFromShape(shape) === info.outChannels;
  return (
    [...info.outShape, ...x.shape].every((size) => size > 0) &&
    plan !== undefined &&
    (type === 'SAME'
      ? info.strideHeight <= info.filterHeight && info.strideWidth <= info.filterWidth
      : plan.bottom <= bottom && plan.right <= right) &&
    (bias === undefined || (bias.shape.length === 1 && perChannel(bias))) &&
    (slopes === undefined || perChannel(slopes)) &&
    [x, filter, bias, slopes].every((tensor) => holdsFinite(backend, tensor))
  );
}
