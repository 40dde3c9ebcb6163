import * as tf from '@tensorflow/tfjs-core';

/**
 * Smooth features `[1, size, size, channels]`, one wave a channel, of an image of `image` pixels that has moved by (dx,
 * dy) pixels. Different seeds, different waves.
 */
export function waves(
  size: number,
  channels: number,
  image: number,
  dx: number,
  dy: number,
  seed: number,
): tf.Tensor4D {
  const data = new Float32Array(size * size * channels);
  for (let c = 0; c < channels; c++) {
    const random = (k: number) => {
      const value = Math.sin((seed * 31 + c * 7 + k) * 12.9898) * 43758.5453;
      return value - Math.floor(value);
    };
    const fx = (random(1) - 0.5) * 0.8;
    const fy = (random(2) - 0.5) * 0.8;
    const phase = random(3) * 2 * Math.PI;
    for (let v = 0; v < size; v++) {
      for (let u = 0; u < size; u++) {
        const x = ((u + 0.5) * image) / size - 0.5 - dx;
        const y = ((v + 0.5) * image) / size - 0.5 - dy;
        data[(v * size + u) * channels + c] = Math.sin(fx * x + fy * y + phase);
      }
    }
  }
  return tf.tensor4d(data, [1, size, size, channels]);
}
