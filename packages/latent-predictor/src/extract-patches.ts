import { InvalidArgumentError, matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { heightAndWidth, type Resolution } from './config.js';

export type ExtractPatchesOptions = {
  /** Resolution of the image whose pixels `points` are given in. */
  imageResolution: Resolution;
  /**
   * Side of a patch in feature pixels; odd.
   * @default 7
   */
  patchSize?: number;
};

/**
 * The square patch of a feature map around each point, sampled bilinearly one feature pixel apart; beyond the border
 * the border's values continue. Differentiable in the features.
 *
 * A pixel (0, 0) has its centre at x = 0, y = 0, in the image and in the map, so a point lies at
 * `(x + 0.5) * mapWidth / imageWidth - 0.5` on the map.
 *
 * @param features `[N, h, w, C]`
 * @param points `[N K, P, 2]`, (x, y) in image pixels: K sets of points for each map, the sets of one map in a row
 * @returns `[N K, P, patchSize^2, C]`, rows of a patch from top to bottom
 */
export function extractPatches(
  features: tf.Tensor4D,
  points: tf.Tensor3D,
  { imageResolution, patchSize = 7 }: ExtractPatchesOptions,
): tf.Tensor4D {
  matchShape(features.shape, ['N', 'h', 'w', 'C'], 'extractPatches: features');
  matchShape(points.shape, ['B', 'P', 2], 'extractPatches: points');
  if (points.shape[0] % features.shape[0] !== 0) {
    throw new InvalidArgumentError(
      `extractPatches: points: expected a multiple of ${features.shape[0]} sets, one or more for each feature map, got ${points.shape[0]}`,
    );
  }
  if (patchSize % 2 !== 1) {
    throw new InvalidArgumentError(`extractPatches: patchSize: expected an odd number, got ${patchSize}`);
  }
  const [maps, height, width, channels] = features.shape;
  const [sets, count] = points.shape;
  const [imageHeight, imageWidth] = heightAndWidth(imageResolution);
  const total = sets * count;
  return tf.tidy(() => {
    // A patch's samples share the fraction of a pixel, so one block of (patchSize + 1)^2 pixels is enough for it.
    const scale = tf.tensor1d([width / imageWidth, height / imageHeight]);
    const position = tf.sub(tf.mul(tf.add(points, 0.5), scale), 0.5); // [B, P, (x, y)]
    const corner = tf.floor(position);
    const fraction = tf.reshape(tf.sub(position, corner), [total, 2]);
    const offsets = tf.range(0, patchSize + 1);
    const half = (patchSize - 1) / 2;
    const start = tf.reshape(tf.sub(corner, half), [total, 2]);
    const column = tf.slice(start, [0, 0], [total, 1]); // [T, 1]
    const row = tf.slice(start, [0, 1], [total, 1]);
    const columns = tf.clipByValue(tf.add(column, offsets), 0, width - 1); // [T, S + 1]
    const rows = tf.clipByValue(tf.add(row, offsets), 0, height - 1);
    const mapOf = tf.tensor1d(
      Int32Array.from({ length: total }, (_, k) => Math.floor((k * maps) / total)),
      'int32',
    );
    const rowIndex = tf.add(tf.cast(rows, 'int32'), tf.mul(tf.expandDims(mapOf, 1), tf.scalar(height, 'int32')));
    const index = tf.add(
      tf.mul(tf.expandDims(rowIndex, 2), tf.scalar(width, 'int32')),
      tf.expandDims(tf.cast(columns, 'int32'), 1),
    ); // [T, S + 1, S + 1]
    const block = tf.reshape(
      tf.gather(tf.reshape(features, [maps * height * width, channels]), tf.reshape(index, [-1])),
      [total, patchSize + 1, patchSize + 1, channels],
    );
    const right = tf.reshape(tf.slice(fraction, [0, 0], [total, 1]), [total, 1, 1, 1]);
    const down = tf.reshape(tf.slice(fraction, [0, 1], [total, 1]), [total, 1, 1, 1]);
    const tall: [number, number, number, number] = [total, patchSize, patchSize + 1, channels];
    const upper = tf.slice(block, [0, 0, 0, 0], tall);
    const lower = tf.slice(block, [0, 1, 0, 0], tall);
    const between = tf.add(upper, tf.mul(down, tf.sub(lower, upper)));
    const size: [number, number, number, number] = [total, patchSize, patchSize, channels];
    const left = tf.slice(between, [0, 0, 0, 0], size);
    const patches = tf.add(left, tf.mul(right, tf.sub(tf.slice(between, [0, 0, 1, 0], size), left)));
    return tf.reshape(patches, [sets, count, patchSize * patchSize, channels]) as tf.Tensor4D;
  });
}
