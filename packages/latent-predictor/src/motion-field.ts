import {
  type ChannelStatistics,
  createLayerNorm,
  createLinear,
  detach,
  gelu,
  InvalidArgumentError,
  type LayerNormParameters,
  type LinearParameters,
  layerNorm,
  linear,
  matchShape,
  type Random,
} from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { type LatentPredictorConfig, longerSide } from './config.js';
import { fourierFeatures } from './fourier-features.js';
import { placed } from './placed.js';

/** The weights of a motion field. `statistics` is constant: its gradient is always zero. */
export type MotionFieldParameters = {
  /** Of latent codes, `[wDim]`. */
  statistics: ChannelStatistics;
  /** Fourier features of a position `-> width` */
  position: LinearParameters;
  /** The edited layers of the code at the start, `editedLayers wDim -> width` */
  start: LinearParameters;
  /** How they have changed, `editedLayers wDim -> width` */
  way: LinearParameters;
  blocks: readonly {
    norm: LayerNormParameters;
    hidden: LinearParameters;
    /** `editedLayers wDim -> width`: how the change scales what is hidden */
    scale: LinearParameters;
    output: LinearParameters;
  }[];
  /** `width -> 2` */
  head: LinearParameters;
};

type Sizes = Pick<LatentPredictorConfig, 'wDim' | 'editedLayers' | 'imageResolution' | 'fourierFrequencies'>;

export type CreateMotionFieldParametersOptions = {
  /** @default 256 */
  width?: number;
  /** @default 2 */
  blocks?: number;
};

/** Fresh weights. The head starts near zero: in a fresh field nothing moves. */
export function createMotionFieldParameters(
  random: Random,
  { wDim, editedLayers, fourierFrequencies }: Sizes,
  statistics: ChannelStatistics,
  { width = 256, blocks = 2 }: CreateMotionFieldParametersOptions = {},
): MotionFieldParameters {
  const where = 'createMotionFieldParameters';
  if (!(Number.isInteger(width) && width >= 1 && Number.isInteger(blocks) && blocks >= 0)) {
    throw new InvalidArgumentError(
      `${where}: expected a width of 1 or more and 0 blocks or more, got ${width}, ${blocks}`,
    );
  }
  matchShape(statistics.average.shape, [wDim], `${where}: statistics.average`);
  matchShape(statistics.std.shape, [wDim], `${where}: statistics.std`);
  const code = editedLayers * wDim;
  return {
    statistics: { average: tf.clone(statistics.average), std: tf.clone(statistics.std) },
    position: createLinear(random, 2 * (1 + 2 * fourierFrequencies), width, { std: Math.SQRT1_2 }),
    start: createLinear(random, code, width),
    way: createLinear(random, code, width),
    blocks: Array.from({ length: blocks }, () => ({
      norm: createLayerNorm(width),
      hidden: createLinear(random, width, width),
      scale: createLinear(random, code, width),
      output: createLinear(random, width, width, { std: 1e-2 }),
    })),
    head: createLinear(random, width, 2, { std: 1e-3 }),
  };
}

/**
 * Where the points of a picture go when its code moves: a small network that learns from the matches of motions what
 * the generator does with them. Through it a predicted code can be told how far from its target each handle ends, at
 * the price of a few small products; the generator itself tells that only by looking for the handle in another picture,
 * which is no smooth function of the code.
 *
 * Nothing moves where the code does not: the same network's answer for no change is taken off.
 *
 * @param start `[B, editedLayers, wDim]`, the edited layers of the code that the points are seen in
 * @param codes `[B, editedLayers, wDim]`, where they have gone
 * @param points `[B, P, 2]`, (x, y) in image pixels, in the picture of `start`
 * @returns `[B, P, 2]`: by how much each point has moved, in image pixels
 */
export function motionField(
  parameters: MotionFieldParameters,
  { wDim, editedLayers, imageResolution, fourierFrequencies }: Sizes,
  { start, codes, points }: { start: tf.Tensor3D; codes: tf.Tensor3D; points: tf.Tensor3D },
): tf.Tensor3D {
  const { B } = matchShape(start.shape, ['B', editedLayers, wDim], 'motionField: start') as { B: number };
  matchShape(codes.shape, [B, editedLayers, wDim], 'motionField: codes');
  const { P } = matchShape(points.shape, [B, 'P', 2], 'motionField: points') as { P: number };
  return tf.tidy(() => {
    const average = detach(parameters.statistics.average);
    const std = detach(parameters.statistics.std);
    const row = (x: tf.Tensor) => tf.reshape(x, [B, 1, editedLayers * wDim]);
    const place = row(tf.div(tf.sub(start, average), std));
    const change = row(tf.div(tf.sub(codes, start), std));
    const features = fourierFeatures(placed(points, imageResolution), fourierFrequencies);
    const still = tf.add(linear(parameters.start, place), linear(parameters.position, features)); // [B, P, width]
    // Moved and still rows go through the network side by side.
    let x = tf.concat([tf.add(still, linear(parameters.way, change)), still], 0);
    for (const { norm, hidden, scale, output } of parameters.blocks) {
      const moved = linear(scale, change);
      const gain = tf.add(1, tf.concat([moved, tf.zerosLike(moved)], 0));
      x = tf.add(x, linear(output, tf.mul(gelu(linear(hidden, layerNorm(norm, x))), gain)));
    }
    const [moved, rest] = tf.split(linear(parameters.head, x), 2, 0) as [tf.Tensor3D, tf.Tensor3D];
    const half = longerSide(imageResolution) / 2;
    return tf.reshape(tf.mul(tf.sub(moved, rest), half), [B, P, 2]) as tf.Tensor3D;
  });
}
