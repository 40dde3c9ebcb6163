import * as tf from '@tensorflow/tfjs-core';
import type { ConvolutionKind } from '../prepare-synthesis.js';
import { depthToSpace } from './depth-to-space.js';
import { filterUp } from './filter-up.js';

/** The 3×3 convolution of a layer; see `ConvolutionKind`. `[N, H, W, I]` to `[N, H, W, O]` or `[N, 2·H, 2·W, O]`. */
export function convolve(kind: ConvolutionKind, x: tf.Tensor4D, kernel: tf.Tensor4D): tf.Tensor4D {
  if (kind === 'filtered') return filterUp(x, kernel);
  const y = tf.conv2d(x, kernel, 1, 'same');
  return kind === 'folded' ? depthToSpace(y) : y;
}
