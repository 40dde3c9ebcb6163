import { InvalidArgumentError, matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { ImageSize } from '../gms/gms-inliers.js';
import type { FeatureMaps } from '../image/image-like.js';

/**
 * What is done to feature maps before they are compared.
 * - `'pixel'`: from every channel its mean over image A is subtracted, then every pixel's vector is scaled to length 1:
 *   the comparison is by direction (cosine), and each map counts the same, whatever its size and gain.
 * - `'channel'`: every channel is divided by its standard deviation over image A (and by the root of their number).
 * - `'none'`: as they are; squared L2 over channels as in DragGAN.
 */
export type FeatureNormalization = 'pixel' | 'channel' | 'none';

/** Options shared by everything that compares feature maps. */
export type FeatureOptions = {
  /** Size of the image in pixels; points are in its coordinates. @default the size of the largest map */
  imageSize?: number | ImageSize;
  /** Weight of each map, in the order of the list, or by resolution (its height). @default 1 each */
  weights?: readonly number[] | { readonly [resolution: number]: number };
  /** @default 'pixel' */
  normalize?: FeatureNormalization;
};

/** The maps of a pair, checked and normalised, the smallest first. Owned by whoever asked for them. */
export type PreparedPair = {
  a: tf.Tensor4D[];
  b: tf.Tensor4D[];
  weights: number[];
  size: ImageSize;
  batch: number;
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

/** `[1 or B, 1, 1, C]` statistics of A, applied to both. */
function normalisePair(a: tf.Tensor4D, b: tf.Tensor4D, mode: FeatureNormalization): [tf.Tensor4D, tf.Tensor4D] {
  if (mode === 'none') return [tf.clone(a), tf.clone(b)];
  const mean = tf.mean(a, [1, 2], true); // [B, 1, 1, C]
  if (mode === 'channel') {
    const variance = tf.mean(tf.square(tf.sub(a, mean)), [1, 2], true);
    const gain = tf.rsqrt(tf.mul(tf.add(variance, 1e-8), a.shape[3]));
    return [tf.mul(a, gain), tf.mul(b, gain)];
  }
  const unit = (map: tf.Tensor4D) => {
    const centred = tf.sub(map, mean);
    return tf.mul(centred, tf.rsqrt(tf.add(tf.sum(tf.square(centred), -1, true), 1e-12))) as tf.Tensor4D;
  };
  return [unit(a), unit(b)];
}

/**
 * Checks two sets of feature maps against each other and normalises them.
 *
 * @throws InvalidArgumentError, ShapeError
 */
export function prepareMaps(
  featuresA: FeatureMaps,
  featuresB: FeatureMaps,
  { imageSize, weights, normalize = 'pixel' }: FeatureOptions,
  caller: string,
): PreparedPair {
  if (!['pixel', 'channel', 'none'].includes(normalize)) {
    throw new InvalidArgumentError(`${caller}: normalize: expected 'pixel', 'channel' or 'none', got '${normalize}'`);
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
  const normalised = used.map(({ a, b }) => normalisePair(a, b, normalize));
  return {
    a: normalised.map(([a]) => a),
    b: normalised.map(([, b]) => b),
    weights: used.map(({ weight }) => weight / total),
    size,
    batch,
    cosine: normalize === 'pixel',
  };
}
