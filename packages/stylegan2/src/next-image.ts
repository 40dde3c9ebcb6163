import * as tf from '@tensorflow/tfjs-core';
import { styledColours } from './ops/styled-colours.js';
import { upsampleImage } from './ops/upsample-image.js';
import type { ToRgbParameters } from './parameters.js';
import { plain, type Scaled, toRgb } from './synthesis-layer.js';
import { coloursOf, upsampledColours } from './tensorflow/colours.js';
import type { TensorFlowOps } from './tensorflow/node-backend.js';

export type NextImageInput = {
  /** `[N, H / 2, W / 2, imageChannels]`: the image of the block before; null at the first one that has one */
  readonly before: tf.Tensor4D | null;
  /** Features of this block, `[N, H, W, I]` */
  readonly x: Scaled;
  /** Of the RGB layer, `[N, I]`; undefined if the block has none */
  readonly style: tf.Tensor2D | undefined;
  /** TensorFlow's own operations, where they compute */
  readonly ops: TensorFlowOps | null;
  /** Whether a kernel of the backend may do it, which has no gradient. */
  readonly oneKernel: boolean;
  /** Bound of what the layer adds; null for none */
  readonly limit: number | null;
};

/**
 * The image that a block passes on: that of the block before, doubled, and what its RGB layer adds.
 *
 * @returns `[N, H, W, imageChannels]`
 */
export function nextImage(layer: ToRgbParameters | undefined, input: NextImageInput): tf.Tensor4D {
  const { before, x, ops, oneKernel, limit } = input;
  const raised = () => before && (ops ? upsampledColours(ops, before) : upsampleImage(before));
  if (!layer) return raised()!;
  const { weight, bias } = layer;
  const style = input.style!;
  if (oneKernel && !ops) {
    const own = x.scale ? (tf.mul(x.scale, style) as tf.Tensor2D) : style;
    const image = styledColours({ x: x.x, weight, bias, style: own, before }, limit);
    if (image) return image;
  }
  const unbounded = ops && x.x.shape[0] === 1 ? coloursOf(ops, layer, plain(x), style) : toRgb(layer, x, style);
  const colours = limit === null ? unbounded : (tf.clipByValue(unbounded, -limit, limit) as tf.Tensor4D);
  const doubled = raised();
  return doubled ? (tf.add(doubled, colours) as tf.Tensor4D) : colours;
}
