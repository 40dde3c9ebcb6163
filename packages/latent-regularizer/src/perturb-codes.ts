import { detach, InvalidArgumentError, matchShape, type Random } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { CodeStatistics } from './code-statistics.js';

export type PerturbCodesOptions = {
  statistics: CodeStatistics;
  /**
   * Leading layers that are perturbed.
   * @default 6
   */
  editedLayers?: number;
  /**
   * Share of values that are dropped.
   * @default 0.25
   */
  dropProbability?: number;
  /**
   * Standard deviation of the noise, in standard deviations of the channel.
   * @default 0.3
   */
  sigma?: number;
  /**
   * `fixed`: every code gets all of `dropProbability` and `sigma`. `uniform`: each code gets a share of both, drawn
   * from U(0, 1), so that the regularizer also sees codes that need next to no correction.
   * @default 'fixed'
   */
  severity?: 'fixed' | 'uniform';
};

/**
 * Outlier codes (Eq. 1): `w' = w * M + N` on the edited layers, M an elementwise Bernoulli mask and N Gaussian noise,
 * in standardised space. There zero is the average code, so a dropped value becomes the *average* of its channel.
 *
 * @param random advanced by the call; the draws do not depend on the backend
 * @param w `[B, numWs, wDim]`
 * @returns `[B, numWs, wDim]`
 */
export function perturbCodes(
  random: Random,
  w: tf.Tensor3D,
  { statistics, editedLayers = 6, dropProbability = 0.25, sigma = 0.3, severity = 'fixed' }: PerturbCodesOptions,
): tf.Tensor3D {
  const { wDim } = matchShape(w.shape, ['B', 'numWs', 'wDim'], 'perturbCodes: w') as { wDim: number };
  matchShape(statistics.average.shape, [wDim], 'perturbCodes: statistics.average');
  matchShape(statistics.std.shape, [wDim], 'perturbCodes: statistics.std');
  const [batch, numWs] = w.shape;
  if (!(editedLayers >= 1 && editedLayers <= numWs)) {
    throw new InvalidArgumentError(
      `perturbCodes: editedLayers: expected 1 to ${numWs}, the layers of w, got ${editedLayers}`,
    );
  }
  if (!(dropProbability >= 0 && dropProbability <= 1) || !(sigma >= 0)) {
    throw new InvalidArgumentError(
      `perturbCodes: expected dropProbability in [0, 1] and sigma >= 0, got ${dropProbability} and ${sigma}`,
    );
  }
  const each = editedLayers * wDim;
  const keep = new Float32Array(batch * each);
  const noise = new Float32Array(batch * each);
  for (let b = 0; b < batch; b++) {
    const share = severity === 'uniform' ? random.uniform() : 1;
    for (let k = b * each; k < (b + 1) * each; k++) {
      keep[k] = random.uniform() < share * dropProbability ? 0 : 1;
      noise[k] = share * sigma * random.normal();
    }
  }
  return tf.tidy(() => {
    const edited = tf.slice(w, [0, 0, 0], [batch, editedLayers, wDim]);
    const mask = tf.tensor3d(keep, [batch, editedLayers, wDim]);
    const average = detach(statistics.average);
    const kept = tf.mul(tf.sub(edited, average), mask);
    const added = tf.mul(tf.tensor3d(noise, [batch, editedLayers, wDim]), detach(statistics.std));
    const perturbed = tf.add(tf.add(kept, average), added) as tf.Tensor3D;
    if (editedLayers === numWs) return perturbed;
    return tf.concat([perturbed, tf.slice(w, [0, editedLayers, 0], [batch, numWs - editedLayers, wDim])], 1);
  });
}
