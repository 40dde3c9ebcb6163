import * as tf from '@tensorflow/tfjs-core';
import { nodeBackend, tensorFlowOps } from '../tensorflow/node-backend.js';
import { styledByTensorFlow } from '../tensorflow/styled-by-tensorflow.js';
import { transposeUpKernel } from './filter-up.js';

// A backend may have a kernel for whole layers, forward only. `registerWasmGradients` of `@autodrag/wasm-gradients`
// gives the wasm backend one; the two packages know of one another by these names alone. On tfjs-node a layer is made
// of TensorFlow's own operations.
const WEIGHT = 'AutodragStyledWeight';
const LAYER = 'AutodragStyledConvolution';

/**
 * A weight as the kernel of the current backend takes it.
 *
 * @param weight `[3, 3, I, O]`
 * @returns null where there is no such kernel, or it cannot do this weight
 */
export function styledWeight(weight: tf.Tensor4D, up: boolean): tf.Tensor | null {
  if (nodeBackend()) return up ? transposeUpKernel(weight) : tf.clone(weight);
  if (tf.getKernel(WEIGHT, tf.getBackend()) == null) return null;
  const made = tf.engine().runKernel(WEIGHT, { weight }, { up }) as tf.Tensor;
  if (made.size > 0) return made;
  made.dispose();
  return null;
}

/** Whether what is computed now may be asked for its gradient: the kernel has none. */
export function recordsGradients(): boolean {
  return tf.engine().state.gradientDepth > 0;
}

export type StyledConvolutionInput = {
  /** `[N or 1, H, W, I]` */
  x: tf.Tensor4D;
  /** of `styledWeight` */
  weight: tf.Tensor;
  /** `[N, I]` */
  style: tf.Tensor2D;
  /** `[N, O]`, positive */
  scale: tf.Tensor2D;
  /** `[O]` */
  bias: tf.Tensor1D;
  /** `[H', W']` or `[N, H', W', 1]` */
  noise: tf.Tensor | null;
};

/**
 * `clip(lrelu(conv(x · style) · scale + noise + bias), ±limit)` in one kernel or few, slope 0.2. With `up` the
 * convolution doubles the resolution as `filterUp` does.
 *
 * @returns `[N, H', W', O]`
 */
export function styledConvolution(
  { noise, ...input }: StyledConvolutionInput,
  { up, limit }: { up: boolean; limit: number | null },
): tf.Tensor4D {
  const inputs = { ...input, ...(noise ? { noise } : {}) };
  const node = nodeBackend();
  if (node) return styledByTensorFlow(tensorFlowOps(node), inputs, { up, limit });
  return tf.engine().runKernel(LAYER, inputs, { up, limit: limit ?? Number.POSITIVE_INFINITY }) as tf.Tensor4D;
}
