import { customGradient, detach, valueAndGrads } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';

/** A loss of a picture that may pull as hard as `share` of the leading loss, however large its own numbers are. */
export type BalancedPart = {
  readonly name: string;
  readonly loss: (image: tf.Tensor4D) => tf.Scalar;
  readonly share: number;
};

/**
 * The leading loss, and others whose gradients, as they arrive at the picture, are scaled to a share of the leading
 * one's. So a critic that grows more confident, or features that grow larger, do not take over, and no weight has to be
 * tuned for each resolution.
 *
 * @param image `[N, H, W, C]`; gradients flow into it
 * @param report gets the value of every part, and under `lead` that of the leading loss
 * @returns a scalar of the leading loss's value, whose gradient is the balanced one
 */
export function balancedLoss(
  image: tf.Tensor4D,
  lead: (image: tf.Tensor4D) => tf.Scalar,
  parts: readonly BalancedPart[],
  report: (name: string, value: tf.Scalar) => void = () => {},
): tf.Scalar {
  // Nested: the picture as a constant first, each loss's gradient in it alone. The network behind it is run backwards
  // only once.
  const constant = detach(image);
  const gradientOf = (loss: (image: tf.Tensor4D) => tf.Scalar) => {
    const { value, grads } = valueAndGrads((p) => loss(p.image), { image: constant });
    return { value: value as tf.Scalar, gradient: grads.image };
  };
  const leading = gradientOf(lead);
  const norm = tf.norm(leading.gradient);
  let total: tf.Tensor = leading.gradient;
  for (const { name, loss, share } of parts) {
    const { value, gradient } = gradientOf(loss);
    report(name, value);
    const scale = tf.div(tf.mul(norm, share), tf.add(tf.norm(gradient), 1e-12));
    total = tf.add(total, tf.mul(gradient, scale));
  }
  report('lead', leading.value);
  const carry = customGradient<[tf.Tensor4D], tf.Scalar>((_inputs, save) => {
    save([total]);
    return {
      value: tf.clone(leading.value),
      gradient: (dy, [balanced]) => [tf.mul(balanced!, dy)],
    };
  });
  return carry(image);
}
