import {
  dragLoss,
  heightAndWidth,
  joinCodes,
  type LatentPredictorConfig,
  longerSide,
  packPoints,
} from '@autodrag/latent-predictor';
import { matchedPairs, matchFeatures } from '@autodrag/matching';
import type { Generator } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { matchedResolutions } from './motion-pool.js';

/** Matches move farther than this between two steps (pixels at 512). Section 3.3. */
const stepThreshold = 30;
const mostMatches = 32;

/**
 * Everything of Eq. 13 that does not depend on the prediction: F_i of the true codes and the matches from each to the
 * next.
 */
export type DragLossBatch = {
  /** Share of the steps of which no match moves far enough. */
  readonly shortShare: number;
  /**
   * @param predicted `[N K, n, editedLayers, wDim]`: K drags of each motion, of which the first stands for the motion
   * @param std of the feature map, `[featureChannels]`
   */
  loss(predicted: tf.Tensor4D, std: tf.Tensor1D): tf.Scalar;
  dispose(): void;
};

/**
 * @param starts `[N, numWs, wDim]`: w_0 of each motion; has to outlive the result
 * @param codes `[N, n + 1, editedLayers, wDim]`: w_0 … w_n
 * @param count for how many of the motions, the first ones
 */
export async function dragLossBatch(
  generator: Generator,
  { featureResolution, imageResolution, patchSize, numWs: layers, editedLayers, wDim, steps: n }: LatentPredictorConfig,
  { starts, codes, count }: { starts: tf.Tensor3D; codes: tf.Tensor4D; count: number },
): Promise<DragLossBatch> {
  const [mapResolution] = heightAndWidth(featureResolution);
  const [height, width] = heightAndWidth(imageResolution);
  const unit = longerSide(imageResolution) / 512;
  const rows = count * n;
  const [before, after] = tf.tidy(() => {
    const w0 = tf.slice(starts, [0, 0, 0], [count, layers, wDim]);
    const all = joinCodes(tf.slice(codes, [0, 0, 0, 0], [count, n + 1, editedLayers, wDim]), w0);
    const flat = tf.reshape(all, [count * (n + 1), layers, wDim]) as tf.Tensor3D;
    const { features } = generator.features(flat, matchedResolutions(mapResolution), { noise: 'none' });
    const pick = (from: number) =>
      Object.fromEntries(
        Object.entries(features).map(([block, map]) => {
          const [, h, w, c] = map.shape;
          const sequence = tf.reshape(map, [count, n + 1, h * w * c]);
          return [block, tf.reshape(tf.slice(sequence, [0, from, 0], [count, n, -1]), [rows, h, w, c])];
        }),
      );
    return [pick(0), pick(1)] as never;
  }) as unknown as [Record<number, tf.Tensor4D>, Record<number, tf.Tensor4D>];
  const matches = await matchFeatures(before, after, {
    imageSize: { width, height },
    stride: 32 * unit,
    searchRadius: 128 * unit,
  });
  let short = 0;
  const drags = matches.map((found) => {
    const pairs = matchedPairs(found)
      .map(({ handle, target }) => ({ handle, target, length: Math.hypot(target.x - handle.x, target.y - handle.y) }))
      .sort((a, b) => b.length - a.length);
    const long = pairs.filter(({ length }) => length > stepThreshold * unit);
    if (long.length === 0) short += 1;
    return (long.length > 0 ? long : pairs).slice(0, mostMatches);
  });
  const points = packPoints(drags, { padTo: mostMatches });
  const reference = before[mapResolution]!;
  tf.dispose([...Object.values(before), ...Object.values(after)].filter((map) => map !== reference));
  return {
    shortShare: short / rows,
    dispose: () => tf.dispose([reference, points.handles, points.targets, points.pointMask]),
    loss: (predicted, std) => {
      const motions = starts.shape[0];
      const perMotion = tf.reshape(predicted, [motions, predicted.size / motions]);
      const first = tf.reshape(tf.slice(perMotion, [0, 0], [count, n * editedLayers * wDim]), [
        count,
        n,
        editedLayers,
        wDim,
      ]) as tf.Tensor4D;
      const w = joinCodes(first, tf.slice(starts, [0, 0, 0], [count, layers, wDim]));
      const whole = tf.reshape(w, [rows, layers, wDim]) as tf.Tensor3D;
      const moved = generator.features(whole, mapResolution, { noise: 'none' }).features[mapResolution]!;
      return dragLoss({ before: reference, after: moved, ...points }, { imageResolution, patchSize, steps: n, std });
    },
  };
}
