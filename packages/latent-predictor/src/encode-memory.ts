import { detach, encoder, InvalidArgumentError, linear, matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { heightAndWidth, type LatentPredictorConfig, stemGrid } from './config.js';
import { extractPatches } from './extract-patches.js';
import { foldStandardization } from './fold-standardization.js';
import { fourierFeatures } from './fourier-features.js';
import type { LatentPredictorParameters } from './parameters.js';
import { placed } from './placed.js';

export type MemoryInput = {
  /** `[N, h, w, featureChannels]`, the feature map of the start code; shared by K drags each, B = N K. */
  features: tf.Tensor4D;
  /** `[B, P, 2]`, (x, y) in image pixels; the drags of one feature map in a row */
  handles: tf.Tensor3D;
  /** `[B, P, 2]` */
  targets: tf.Tensor3D;
  /** `[B, P]`: 1 for a point, 0 for padding; by default all are points */
  pointMask?: tf.Tensor2D;
};

/** What the decoder attends to. */
export type PredictorMemory = {
  /** `[B, S, width]`: the tokens of the grid, of the handles and of the targets */
  tokens: tf.Tensor3D;
  /** `[B, 1, 1, S]`, to be added to attention scores: 0, or a large negative number at padding */
  mask: tf.Tensor4D;
};

/**
 * Encodes a feature map and the points of a drag.
 *
 * The map goes through stride-2 convolutions to a grid of tokens; every handle and every target adds a token of the
 * patch around it. A patch alone does not say where it lies, so Fourier features of a token's own position are added to
 * grid and point tokens alike, and to point tokens those of the other end of the drag and of the displacement, and a
 * role (handle or target). Both ends of a drag thus carry the same pair of positions, and that is what joins them:
 * there are no numbered slots, so the result does not depend on the order of the points, and their number has no limit.
 */
export function encodeMemory(
  parameters: LatentPredictorParameters,
  config: LatentPredictorConfig,
  { features, handles, targets, pointMask }: MemoryInput,
): PredictorMemory {
  const [height, width] = heightAndWidth(config.featureResolution);
  matchShape(features.shape, ['N', height, width, config.featureChannels], 'encodeMemory: features');
  const { B, P } = matchShape(handles.shape, ['B', 'P', 2], 'encodeMemory: handles');
  matchShape(targets.shape, [B, P, 2], 'encodeMemory: targets');
  if (pointMask !== undefined) matchShape(pointMask.shape, [B, P], 'encodeMemory: pointMask');
  if (B % features.shape[0] !== 0) {
    throw new InvalidArgumentError(
      `encodeMemory: handles: expected a multiple of ${features.shape[0]} drags, one or more for each feature map, got ${B}`,
    );
  }
  const [tokens, mask] = tf.tidy(() => {
    const grid = gridTokens(parameters, config, features); // [N, G, D]
    const points = pointTokens(parameters, config, features, handles, targets); // [B, 2 P, D]
    const [maps, count, channels] = grid.shape as [number, number, number];
    const sets = B / maps;
    const shared = sets === 1 ? grid : tf.tile(tf.expandDims(grid, 1), [1, sets, 1, 1]);
    const all = tf.concat([tf.reshape(shared, [B, count, channels]), points], 1);
    const present = pointMask ?? tf.ones([B, P]);
    const absent = tf.sub(1, tf.concat([tf.ones([B, count]), present, present], 1));
    const scores = tf.reshape(tf.mul(absent, -1e9), [B, 1, 1, count + 2 * P]);
    return [encoder(parameters.encoder, all, { heads: config.heads, mask: scores }), scores];
  });
  return { tokens: tokens as tf.Tensor3D, mask: mask as tf.Tensor4D };
}

function gridTokens(
  parameters: LatentPredictorParameters,
  config: LatentPredictorConfig,
  features: tf.Tensor4D,
): tf.Tensor {
  const { halvings, grid } = stemGrid(config);
  let x: tf.Tensor = features;
  parameters.stem.forEach((_, k) => {
    const { weight, bias } = foldStandardization(parameters, k);
    x = tf.add(tf.conv2d(x as tf.Tensor4D, weight, halvings > 0 ? 2 : 1, 'same'), bias);
    if (k < parameters.stem.length - 1) x = tf.relu(x);
  });
  const tokens = tf.reshape(x, [features.shape[0], -1, config.width]); // [N, G, D]
  const [rows, columns] = grid;
  const [height, width] = heightAndWidth(config.imageResolution);
  const centres = Array.from({ length: rows * columns }, (_, k) => [
    (((k % columns) + 0.5) * width) / columns - 0.5,
    ((Math.floor(k / columns) + 0.5) * height) / rows - 0.5,
  ]);
  const position = fourierFeatures(placed(tf.tensor2d(centres), config.imageResolution), config.fourierFrequencies);
  return tf.add(tokens, linear(parameters.position, position));
}

function pointTokens(
  parameters: LatentPredictorParameters,
  config: LatentPredictorConfig,
  features: tf.Tensor4D,
  handles: tf.Tensor3D,
  targets: tf.Tensor3D,
): tf.Tensor {
  const { patchSize, imageResolution, featureChannels, fourierFrequencies } = config;
  const [batch, count] = handles.shape;
  const own = tf.concat([handles, targets], 1); // [B, 2 P, 2]
  const standard = tf.div(
    tf.sub(
      extractPatches(features, own, { patchSize, imageResolution }),
      detach(parameters.statistics.features.average),
    ),
    detach(parameters.statistics.features.std),
  ); // [B, 2 P, patchSize^2, C]
  const patches = linear(
    parameters.patch,
    tf.reshape(standard, [batch, 2 * count, patchSize * patchSize * featureChannels]),
  );
  const from = placed(handles, imageResolution);
  const to = placed(targets, imageResolution);
  const move = tf.sub(to, from);
  const position = linear(parameters.position, fourierFeatures(tf.concat([from, to], 1), fourierFrequencies));
  const partner = tf.concat([to, from], 1);
  const pair = fourierFeatures(tf.concat([partner, tf.concat([move, move], 1)], 2), fourierFrequencies);
  const role = tf.reshape(tf.tile(tf.expandDims(parameters.role, 1), [1, count, 1]), [2 * count, config.width]); // [2 P, D]
  return tf.add(tf.add(patches, position), tf.add(linear(parameters.pair, pair), role));
}
