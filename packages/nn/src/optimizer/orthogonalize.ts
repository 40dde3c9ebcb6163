import * as tf from '@tensorflow/tfjs-core';

/**
 * Coefficients of Jordan et al.'s quintic: steep at 0, so that five rounds bring singular values from 0.003 to between
 * 0.7 and 1.2.
 */
const [A, B, C] = [3.4445, -4.775, 2.0315] as const;
const rounds = 5;

/**
 * The matrices nearest to `x` whose singular values are all about 1 (0.7 to 1.2), or 0 where those of `x` are: `U Vᵀ`
 * for `x = U S Vᵀ`. A Newton-Schulz iteration `X ← X (A + B XᵀX + C (XᵀX)²)`; all of it but the first and the last
 * product happens on the smaller of the two Gram matrices, so that a long matrix (a convolution's) costs little more
 * than a square one.
 *
 * @param x `[N, rows, columns]`, finite
 * @returns `[N, rows, columns]`
 */
export function orthogonalize(x: tf.Tensor3D): tf.Tensor3D {
  return tf.tidy(() => {
    const [, rows, columns] = x.shape;
    const tall = rows >= columns;
    const side = Math.min(rows, columns);
    const identity = tf.reshape(tf.eye(side), [1, side, side]);
    // By the Frobenius norm, which bounds all singular values. The floor's own square is still no denormal number:
    // backends flush those to 0.
    const unit = tf.div(x, tf.maximum(tf.sqrt(tf.sum(tf.square(x), [1, 2], true)), 1e-16));
    let g = tall ? tf.matMul(unit, unit, true, false) : tf.matMul(unit, unit, false, true); // [N, side, side]
    let q: tf.Tensor | null = null; // the product of the rounds' polynomials
    for (let round = 0; round < rounds; round++) {
      const polynomial: tf.Tensor = tf.add(tf.add(tf.mul(g, B), tf.mul(tf.matMul(g, g), C)), tf.mul(identity, A));
      if (round < rounds - 1) g = tf.matMul(polynomial, tf.matMul(g, polynomial));
      q = q === null ? polynomial : tf.matMul(q, polynomial);
    }
    return (tall ? tf.matMul(unit, q!) : tf.matMul(q!, unit)) as tf.Tensor3D;
  });
}
