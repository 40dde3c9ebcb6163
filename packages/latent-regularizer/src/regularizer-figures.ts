import { matchShape } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';

export type RegularizerFigures = {
  /** `sum |R(w_i) - w_i| / sum |w_i - w_0|` over codes of motion sequences: how much of a drag is undone. */
  motion: number;
  /** `sum |R(w') - w| / sum |w' - w|` over perturbed codes: how much of the noise is left. */
  noise: number;
};

export type RegularizerFiguresInput = {
  /** `[B, numWs, wDim]`, where the motion starts */
  initial: tf.Tensor3D;
  /** `[B, numWs, wDim]`, codes of the motion sequences */
  moved: tf.Tensor3D;
  /** `[C, numWs, wDim]` */
  clean: tf.Tensor3D;
  /** `[C, numWs, wDim]`, the clean codes after `perturbCodes` */
  perturbed: tf.Tensor3D;
};

/**
 * The two figures that tell a regularizer from a copier of clean layers: both must be far below 1. Norms are Euclidean,
 * one a code; sums run over codes, so codes that hardly move do not decide.
 *
 * @param restore the regularizer, for example `(w) => regularizer.restore(w)`
 */
export async function regularizerFigures(
  restore: (w: tf.Tensor3D) => tf.Tensor3D,
  { initial, moved, clean, perturbed }: RegularizerFiguresInput,
): Promise<RegularizerFigures> {
  matchShape(initial.shape, ['B', 'numWs', 'wDim'], 'regularizerFigures: initial');
  matchShape(moved.shape, initial.shape, 'regularizerFigures: moved');
  matchShape(clean.shape, ['C', 'numWs', 'wDim'], 'regularizerFigures: clean');
  matchShape(perturbed.shape, clean.shape, 'regularizerFigures: perturbed');
  const result = tf.tidy(() => {
    const distance = (a: tf.Tensor3D, b: tf.Tensor3D) =>
      tf.sum(tf.sqrt(tf.sum(tf.square(tf.sub(a, b)), [1, 2]))) as tf.Scalar;
    return tf.stack([
      tf.div(distance(restore(moved), moved), distance(moved, initial)),
      tf.div(distance(restore(perturbed), clean), distance(perturbed, clean)),
    ]);
  });
  const [motion, noise] = await result.data<'float32'>();
  result.dispose();
  return { motion: motion!, noise: noise! };
}
