import * as tf from '@tensorflow/tfjs-core';
import { filterOf } from '../ops/filter-up.js';
import { SLOPE } from '../ops/leaky-relu.js';
import type { TensorFlowOps } from './node-backend.js';

export type StyledInputs = {
  /** `[N or 1, H, W, I]` */
  readonly x: tf.Tensor4D;
  /** `[3, 3, I, O]`, `[3, 3, O, I]` of a layer that doubles */
  readonly weight: tf.Tensor;
  /** `[N, I]` */
  readonly style: tf.Tensor2D;
  /** `[N, O]` */
  readonly scale: tf.Tensor2D;
  /** `[O]` */
  readonly bias: tf.Tensor1D;
  /** `[H', W']` or `[N or 1, H', W', 1]` */
  readonly noise?: tf.Tensor;
};

/**
 * `clip(lrelu(conv(x · style) · scale + noise + bias), ±limit)` in as few of TensorFlow's operations as it takes: each
 * costs its launch and a pass over memory. One picture's style and scale go into the weight, where that is smaller than
 * the features that they would have to multiply.
 *
 * @returns `[N, H', W', O]`
 */
export function styledByTensorFlow(
  ops: TensorFlowOps,
  { x, weight, style, scale, bias, noise }: StyledInputs,
  { up, limit }: { up: boolean; limit: number | null },
): tf.Tensor4D {
  const [batch, inputs] = style.shape;
  const outputs = scale.shape[1];
  return tf.tidy(() => {
    let y: tf.Tensor4D;
    if (batch === 1 && weight.size <= x.size * (up ? 4 : 1)) {
      const factors = up
        ? ops.multiply(tf.reshape(scale, [outputs, 1]), style)
        : ops.multiply(tf.reshape(style, [inputs, 1]), scale);
      y = convolved(ops, x, ops.multiply(weight, factors), { up, batch });
    } else {
      const plain = convolved(ops, ops.multiply(x, perChannel(style)), weight, { up, batch });
      y = ops.multiply(plain, perChannel(scale));
    }
    if (noise) y = ops.add(y, noise.shape.length === 2 ? tf.expandDims(noise, 2) : noise);
    const active = ops.leakyRelu(ops.addBias(y, bias), SLOPE);
    return limit === null ? active : tf.clipByValue(active, -limit, limit);
  });
}

/** `[N, C]` so that it multiplies `[N, H, W, C]`. */
function perChannel(factors: tf.Tensor2D): tf.Tensor {
  const [batch, channels] = factors.shape;
  return batch === 1 ? factors : tf.reshape(factors, [batch, 1, 1, channels]);
}

/** Convolved and, with `up`, doubled as `filterUp` does it. */
function convolved(
  ops: TensorFlowOps,
  x: tf.Tensor4D,
  weight: tf.Tensor,
  { up, batch }: { up: boolean; batch: number },
): tf.Tensor4D {
  if (!up) return ops.convolve(x, weight);
  const [, height, width] = x.shape;
  const outputs = weight.shape[2]!;
  const size = tf.tensor1d([batch, 2 * height + 1, 2 * width + 1, outputs], 'int32');
  const spread = ops.convolveTransposed(x, weight, size, 'VALID');
  return ops.filterBordered(spread, filterOf(4, 4, outputs));
}
