import * as tf from '@tensorflow/tfjs-core';

/** [1, 3, 3, 1] / 8 · 2: doubling the resolution spreads each value over two rows and two columns. */
export const TAPS = [0.25, 0.75, 0.75, 0.25];

/**
 * The up-sampling convolution of StyleGAN2 as it is defined: a 3×3 transposed convolution of stride 2 (height 2·H + 1),
 * padded by 1, then a 4×4 low-pass filter. Equal to `foldUpKernel` and `depthToSpace`, with a quarter of the
 * multiplications and more passes over memory.
 *
 * @param x `[N, H, W, I]`
 * @param kernel `[3, 3, O, I]`, see `transposeUpKernel`
 * @returns `[N, 2·H, 2·W, O]`
 */
export function filterUp(x: tf.Tensor4D, kernel: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w] = x.shape;
  const outputs = kernel.shape[2];
  return tf.tidy(() => {
    const spread = tf.conv2dTranspose(x, kernel, [n, 2 * h + 1, 2 * w + 1, outputs], 2, 'valid');
    const padded = tf.pad(spread, [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ]) as tf.Tensor4D;
    if (tf.getBackend() === 'wasm') {
      // rows, then columns: half the multiplications, and faster there; elsewhere the second pass costs more
      const rows = tf.depthwiseConv2d(padded, filterOf(4, 1, outputs), 1, 'valid');
      return tf.depthwiseConv2d(rows, filterOf(1, 4, outputs), 1, 'valid');
    }
    return tf.depthwiseConv2d(padded, filterOf(4, 4, outputs), 1, 'valid');
  });
}

const filters = new Map<string, Float32Array>();

/** The low-pass filter for each of so many channels, `[height, width, channels, 1]`. */
export function filterOf(height: 1 | 4, width: 1 | 4, channels: number): tf.Tensor4D {
  const key = `${height} ${width} ${channels}`;
  let values = filters.get(key);
  if (!values) {
    const taps = (height === 1 ? [1] : TAPS).flatMap((a) => (width === 1 ? [1] : TAPS).map((b) => a * b));
    values = Float32Array.from({ length: taps.length * channels }, (_, i) => taps[Math.floor(i / channels)]!);
    filters.set(key, values);
  }
  return tf.tensor4d(values, [height, width, channels, 1]);
}

/** Weight `[3, 3, I, O]` to the layout of a transposed convolution, `[3, 3, O, I]`. */
export function transposeUpKernel(weight: tf.Tensor4D): tf.Tensor4D {
  return tf.transpose(weight, [0, 1, 3, 2]);
}
