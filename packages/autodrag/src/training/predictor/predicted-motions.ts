import {
  encodeMemory,
  heightAndWidth,
  type LatentPredictorConfig,
  predictFreeRunning,
} from '@autodrag/latent-predictor';
import { type LatentRegularizerConfig, latentRegularizer } from '@autodrag/latent-regularizer';
import { matchFeatures } from '@autodrag/matching';
import type { Random } from '@autodrag/nn';
import type { Generator } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import type { JointParameters } from './joint-parameters.js';
import type { MotionFieldBatch } from './motion-field-batch.js';
import { matchedResolutions, strictMatching } from './motion-pool.js';
import type { PredictorBatch } from './predictor-batch.js';

/** Motions that are looked at together, and matches of each. */
const mostMotions = 6;
const pointsEach = 16;

/**
 * Where the predictor goes now, and what the picture really does there: its rollouts of some of the batch's drags,
 * drawn by the generator and matched. The motion field learns from them too, or the predictor would in time go where
 * the field is wrong.
 *
 * @param random advanced by the call
 * @returns null if nothing matches
 */
export async function predictedMotions(
  random: Random,
  { predictor, regularizer }: JointParameters,
  batch: PredictorBatch,
  {
    generator,
    config,
    regularizerConfig,
  }: { generator: Generator; config: LatentPredictorConfig; regularizerConfig: LatentRegularizerConfig },
): Promise<MotionFieldBatch | null> {
  const { editedLayers, wDim, steps, imageResolution } = config;
  const [mapResolution] = heightAndWidth(config.featureResolution);
  const [height, width] = heightAndWidth(imageResolution);
  const count = Math.min(mostMotions, batch.features.shape[0]);
  const drags = batch.w.shape[0] / batch.features.shape[0];
  const [start, codes, before, after] = tf.tidy(() => {
    // The last drag of each motion, which is one that no motion made more often than not.
    const rows = tf.tensor1d(
      Array.from({ length: count }, (_, i) => (i + 1) * drags - 1),
      'int32',
    );
    const pick = <T extends tf.Tensor>(x: T) => tf.gather(x, rows) as T;
    const w = pick(batch.w);
    const first = pick(batch.first);
    const features = tf.slice(batch.features, [0, 0, 0, 0], [count, -1, -1, -1]);
    const { handles, targets, pointMask } = batch.points;
    const points = { handles: pick(handles), targets: pick(targets), pointMask: pick(pointMask) };
    const memory = encodeMemory(predictor, config, { features, ...points });
    const predicted = predictFreeRunning(predictor, config, memory, first, {
      regularization: { w, regularize: (code) => latentRegularizer(regularizer, regularizerConfig, code) },
    });
    const last: tf.Tensor3D = tf.reshape(tf.slice(predicted, [0, steps - 1], [count, 1]), [count, editedLayers, wDim]);
    const moved = tf.concat([last, tf.slice(w, [0, editedLayers, 0], [-1, -1, -1])], 1) as tf.Tensor3D;
    const maps = (x: tf.Tensor3D) =>
      generator.features(x, matchedResolutions(mapResolution), { noise: 'none' }).features;
    return [first, last, maps(w), maps(moved)] as never;
  }) as unknown as [tf.Tensor3D, tf.Tensor3D, Record<number, tf.Tensor4D>, Record<number, tf.Tensor4D>];
  let used = false;
  try {
    const matches = await matchFeatures(before, after, {
      imageSize: { width, height },
      ...strictMatching(Math.max(height, width)),
    });
    const found = Array.from(matches.keys()).filter((i) => matches[i]!.count > 0);
    if (found.length === 0) return null;
    const points = new Float32Array(count * pointsEach * 2);
    const wanted = new Float32Array(points.length);
    for (let i = 0; i < count; i++) {
      const { pointsA, pointsB, count: available } = matches[i]!;
      for (let p = 0; p < pointsEach && available > 0; p++) {
        const match = random.integer(available);
        for (let axis = 0; axis < 2; axis++) {
          points[(i * pointsEach + p) * 2 + axis] = pointsA[2 * match + axis]!;
          wanted[(i * pointsEach + p) * 2 + axis] = pointsB[2 * match + axis]! - pointsA[2 * match + axis]!;
        }
      }
    }
    const kept = tf.tensor1d(found, 'int32');
    const keep = <T extends tf.Tensor>(x: T): T => {
      const rows = tf.gather(x, kept) as T;
      x.dispose();
      return rows;
    };
    used = true;
    const result = {
      start: keep(start),
      codes: keep(codes),
      points: keep(tf.tensor3d(points, [count, pointsEach, 2])),
      wanted: keep(tf.tensor3d(wanted, [count, pointsEach, 2])),
    };
    kept.dispose();
    return result;
  } finally {
    if (!used) tf.dispose([start, codes]);
    tf.dispose([...Object.values(before), ...Object.values(after)]);
  }
}
