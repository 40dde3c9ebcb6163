import { InvalidArgumentError, matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { ImageSize } from '../gms/gms-inliers.js';
import type { FeatureMaps } from '../image/image-like.js';

/**
 * How features are compared.
 * - `'channel'`: squared L2, every channel divided by its standard deviation over image A, divided by their number:
 * each
 *   map counts the same, whatever its gain and number of channels.
 * - `'pixel'`: by direction, `2 - 2 cos`, after the mean of every channel over image A is subtracted.
 * - `'none'`: squared L2 of the features as they are, as in DragGAN.
 */
export type FeatureNormalization = 'channel' | 'pixel' | 'none';

/** Options shared by everything that compares feature maps. */
export type FeatureOptions = {
  /** Size of the image in pixels; points are in its coordinates. @default the size of the largest map */
  imageSize?: number | ImageSize;
  /** Weight of each map, in the order of the list, or by resolution (its height). @default 1 each */
  weights?: readonly number[] | { readonly [resolution: number]: number };
  /** @default 'channel' */
  normalize?: FeatureNormalization;
};

/** One level of a pair of images: a map of each, and how its features are normalised. */
export type FeatureLevel = {
  /** `[B, h, w, C]`, the caller's. */
  a: tf.Tensor4D;
  b: tf.Tensor4D;
  /** `[B, 1, C]`, subtracted from features. */
  mean: tf.Tensor3D | null;
  /** `[B, 1, C]`, multiplied to features. */
  gain: tf.Tensor3D | null;
  /** All weights together are 1. */
  weight: number;
};

/** The maps of a pair, checked, the smallest first. */
export type PreparedPair = {
  levels: FeatureLevel[];
  size: ImageSize;
  batch: number;
  /** Compare directions only. */
  cosine: boolean;
};

type Entry = { map: tf.Tensor4D; weight: number };

function entries(maps: FeatureMaps, weights: FeatureOptions['weights'], where: string): Entry[] {
  const list = Array.isArray(maps)
    ? (maps as readonly tf.Tensor4D[])
    : Object.values(maps as Record<number, tf.Tensor4D>);
  if (list.length === 0) throw new InvalidArgumentError(`${where}: expected at least one feature map, got none`);
  return list.map((map, index) => {
    matchShape(map.shape, ['B', 'h', 'w', 'C'], where);
    const weight = Array.isArray(weights)
      ? weights[index]
      : ((weights as Record<number, number> | undefined)?.[map.shape[1]] ?? 1);
    if (!(weight !== undefined && weight >= 0 && Number.isFinite(weight))) {
      throw new InvalidArgumentError(
        `${where}: the map of resolution ${map.shape[1]} has the weight ${weight}; expected a number from 0`,
      );
    }
    return { map, weight };
  });
}

/** Applies a level's normalisation to features `[B, N, C]`. */
export function normaliseFeatures(
  features: tf.Tensor3D,
  { mean, gain }: Pick<FeatureLevel, 'mean' | 'gain'>,
): tf.Tensor3D {
  let result = features;
  if (mean) result = tf.sub(result, mean);
  if (gain) result = tf.mul(result, gain);
  return result;
}

/** Vectors along the last axis scaled to length 1; a zero vector stays one. */
export function unitVectors<T extends tf.Tensor>(vectors: T): T {
  return tf.mul(vectors, tf.rsqrt(tf.add(tf.sum(tf.square(vectors), -1, true), 1e-12))) as T;
}

/**
 * Checks two sets of feature maps against each other and finds how they are to be normalised. Call it in a tidy.
 *
 * @throws InvalidArgumentError, ShapeError
 */
export function prepareMaps(
  featuresA: FeatureMaps,
  featuresB: FeatureMaps,
  { imageSize, weights, normalize = 'channel' }: FeatureOptions,
  caller: string,
): PreparedPair {
  if (!['channel', 'pixel', 'none'].includes(normalize)) {
    throw new InvalidArgumentError(`${caller}: normalize: expected 'channel', 'pixel' or 'none', got '${normalize}'`);
  }
  const listA = entries(featuresA, weights, `${caller}: features of A`);
  const listB = entries(featuresB, weights, `${caller}: features of B`);
  if (listA.length !== listB.length) {
    throw new InvalidArgumentError(`${caller}: A has ${listA.length} feature maps, B has ${listB.length}`);
  }
  const batch = listA[0]!.map.shape[0];
  const pairs = listA.map(({ map, weight }, index) => {
    const other = listB[index]!.map;
    matchShape(other.shape, map.shape, `${caller}: feature map ${index} of B`);
    matchShape(map.shape, [batch, 'h', 'w', 'C'], `${caller}: feature map ${index} of A`);
    return { a: map, b: other, weight };
  });
  const used = pairs.filter(({ weight }) => weight > 0);
  if (used.length === 0) throw new InvalidArgumentError(`${caller}: weights: all are 0`);
  used.sort((p, q) => p.a.shape[1] * p.a.shape[2] - q.a.shape[1] * q.a.shape[2]);
  const largest = used[used.length - 1]!.a.shape;
  const size =
    typeof imageSize === 'number'
      ? { width: imageSize, height: imageSize }
      : (imageSize ?? { width: largest[2], height: largest[1] });
  if (!(size.width >= 1 && size.height >= 1 && Number.isFinite(size.width * size.height))) {
    throw new InvalidArgumentError(`${caller}: imageSize: expected positive sizes, got ${size.width} x ${size.height}`);
  }
  const total = used.reduce((sum, { weight }) => sum + weight, 0);
  const levels = used.map(({ a, b, weight }): FeatureLevel => {
    const [, h, w, channels] = a.shape;
    const level = { a, b, mean: null, gain: null, weight: weight / total };
    if (normalize === 'none') return level;
    const rows = tf.reshape(a, [batch, h * w, channels]);
    const mean = tf.mean(rows, 1, true) as tf.Tensor3D;
    if (normalize === 'pixel') return { ...level, mean };
    const variance = tf.relu(tf.sub(tf.mean(tf.square(rows), 1, true), tf.square(mean)));
    return { ...level, gain: tf.rsqrt(tf.mul(tf.add(variance, 1e-8), channels)) as tf.Tensor3D };
  });
  return { levels, size, batch, cosine: normalize === 'pixel' };
}
