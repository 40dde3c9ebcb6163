import { detach, type Random } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';

/** A critic of pictures, larger for real ones: any shape of verdicts. */
export type Critic = (images: tf.Tensor4D) => tf.Tensor;

/** Non-saturating loss of a generator (Goodfellow et al. 2014): mean of `softplus(-verdict)`. */
export function generatorAdversarialLoss(critic: Critic, images: tf.Tensor4D): tf.Scalar {
  return tf.tidy(() => tf.mean(tf.softplus(tf.neg(critic(images)))) as tf.Scalar);
}

/**
 * Logistic loss of the critic: mean of `softplus(verdict of generated) + softplus(-verdict of real)`. Nothing flows
 * into the pictures.
 */
export function criticLoss(critic: Critic, real: tf.Tensor4D, generated: tf.Tensor4D): tf.Scalar {
  return tf.tidy(
    () =>
      tf.add(tf.mean(tf.softplus(critic(detach(generated)))), tf.mean(tf.softplus(tf.neg(critic(real))))) as tf.Scalar,
  );
}

/** Length of the step that stands for a derivative, in units of a pixel's range [-1, 1]. */
const probe = 0.03;

/**
 * R1 (Mescheder et al. 2018), the squared gradient of the critic's verdict at real pictures, without second
 * derivatives, which TensorFlow.js lacks for some of its kernels: for a normal direction n the mean of `(n · ∇D)²` is
 * `|∇D|²`, and `n · ∇D` is a difference of two verdicts.
 *
 * @returns the estimated `|∇ sum of verdicts|²` of a picture over the number of its verdicts, mean over the pictures:
 * what one verdict of one patch has, where patches overlap little
 */
export function gradientPenalty(critic: Critic, real: tf.Tensor4D, random: Random): tf.Scalar {
  return tf.tidy(() => {
    const step = tf.mul(random.normalTensor(real.shape), probe / 2) as tf.Tensor4D;
    const [N] = real.shape;
    const change = tf.reshape(tf.sub(critic(tf.add(real, step)), critic(tf.sub(real, step))), [N, -1]); // [N, verdicts]
    const slope = tf.div(tf.sum(change, 1), probe);
    return tf.div(tf.mean(tf.square(slope)), change.shape[1]!) as tf.Scalar;
  });
}
