import * as tf from '@tensorflow/tfjs-core';
import type { FeatureGenerator } from '../src/index.js';

export type SlidingOptions = {
  /** Side of the picture. @default 32 */
  resolution?: number;
  /** Side of the constant, so that the sixth block is this times 32. @default 4 */
  constant?: number;
  /** Factor of all features. @default 1 */
  amplitude?: number;
};

/**
 * A generator whose picture is smooth waves that slide by its code: with `w = [[x, y], …]` they lie `10 x` pixels to
 * the right and `10 y` down, so what a drag should do to the code is known. Layer 0 counts half, layer 1 half, further
 * ones not at all.
 */
export function slidingGenerator({
  resolution = 32,
  constant = 4,
  amplitude = 1,
}: SlidingOptions = {}): FeatureGenerator {
  const waves = [
    [1, 0],
    [0, 1],
    [1, 1],
    [1, -1],
    [2, 1],
    [1, 2],
  ] as const;
  return {
    config: { resolution, constSize: [constant, constant] },
    features: (ws, size) =>
      tf.tidy(() => {
        const shift = tf.mul(tf.sum(tf.slice(ws, [0, 0, 0], [1, 2, 2]), [0, 1]), 5); // pixels
        const [x, y] = tf.split(shift, 2) as [tf.Tensor1D, tf.Tensor1D];
        const line = tf.sub(tf.mul(tf.add(tf.range(0, size), 0.5), resolution / size), 0.5);
        const columns = tf.reshape(tf.sub(line, x), [1, size]);
        const rows = tf.reshape(tf.sub(line, y), [size, 1]);
        const maps = waves.map(([right, down]) => {
          const phase = tf.mul(tf.add(tf.mul(columns, right), tf.mul(rows, down)), (2 * Math.PI) / 32);
          return tf.mul(tf.sin(phase), amplitude);
        });
        return { features: { [size]: tf.reshape(tf.stack(maps, 2), [1, size, size, waves.length]) } } as never;
      }) as unknown as ReturnType<FeatureGenerator['features']>,
  };
}
