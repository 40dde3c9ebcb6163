import * as tf from '@tensorflow/tfjs-core';

// As in styled-convolution.ts: `@autodrag/wasm-gradients` gives the wasm backend a kernel of this name, forward only.
const COLOURS = 'AutodragColours';

export type StyledColoursInput = {
  /** `[N, H, W, I]` */
  x: tf.Tensor4D;
  /** `[1, 1, I, imageChannels]` */
  weight: tf.Tensor4D;
  /** `[N, I]` */
  style: tf.Tensor2D;
  /** `[imageChannels]` */
  bias: tf.Tensor1D;
  /** `[N, H / 2, W / 2, imageChannels]`: the picture of the block before */
  before: tf.Tensor4D | null;
};

/**
 * `upsampleImage(before) + clip(x · (style · weight) + bias, ±limit)` in one kernel.
 *
 * @returns `[N, H, W, imageChannels]`; null where the current backend has no such kernel, or it cannot do this picture
 */
export function styledColours({ before, ...input }: StyledColoursInput, limit: number | null): tf.Tensor4D | null {
  if (tf.getKernel(COLOURS, tf.getBackend()) == null) return null;
  const inputs = { ...input, ...(before && { before }) };
  const made = tf.engine().runKernel(COLOURS, inputs, { limit: limit ?? Number.POSITIVE_INFINITY }) as tf.Tensor4D;
  if (made.size > 0) return made;
  made.dispose();
  return null;
}
