import * as tf from '@tensorflow/tfjs-core';
import { depthToSpace } from './depth-to-space.js';

/** `[phase][tap]` of the filter [1, 3, 3, 1] / 4 on a zero-inserted signal. */
export const UPSAMPLE_PHASES = [
  [0.25, 0.75, 0],
  [0, 0.75, 0.25],
] as const;

const kernels = new Map<number, Float32Array>();

function kernel(channels: number): Float32Array {
  let values = kernels.get(channels);
  if (!values) {
    values = new Float32Array(9 * channels * 4 * channels);
    for (const a of [0, 1, 2])
      for (const b of [0, 1, 2])
        for (const p of [0, 1])
          for (const q of [0, 1])
            for (let c = 0; c < channels; c++) {
              const row = (3 * a + b) * channels + c;
              values[row * 4 * channels + (2 * p + q) * channels + c] =
                UPSAMPLE_PHASES[p]![a]! * UPSAMPLE_PHASES[q]![b]!;
            }
    kernels.set(channels, values);
  }
  return values;
}

/**
 * Doubles an image with the low-pass filter of StyleGAN2, zero outside: [1, 3, 3, 1] ⊗ [1, 3, 3, 1] / 16 on the
 * zero-inserted image. Meant for few channels.
 *
 * @param x `[N, H, W, C]`
 * @returns `[N, 2·H, 2·W, C]`
 */
export function upsampleImage(x: tf.Tensor4D): tf.Tensor4D {
  const channels = x.shape[3];
  return tf.tidy(() => {
    const weight = tf.tensor4d(kernel(channels), [3, 3, channels, 4 * channels]);
    return depthToSpace(tf.conv2d(x, weight, 1, 'same'));
  });
}
