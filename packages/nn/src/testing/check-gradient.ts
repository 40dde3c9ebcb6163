import * as tf from '@tensorflow/tfjs-core';

export type CheckGradientOptions = {
  /** Step of the differences. @default 1e-2 */
  eps?: number;
  /** Allowed error, relative to the largest entry of that input's gradient, or to 0.1 if that is more. @default 2e-3 */
  tol?: number;
  /** At most this many entries of each input are tried, spread evenly. @default 64 */
  entries?: number;
};

/**
 * Compares `f`'s gradient with respect to each input with finite differences (fourth order, the output weighted by
 * fixed numbers and summed in double precision). Throws on the first entry that is off.
 *
 * @param f any smooth function of float tensors that returns a tensor
 * @param inputs stay the caller's
 */
export function checkGradient(
  f: (...inputs: tf.Tensor[]) => tf.Tensor,
  inputs: readonly tf.Tensor[],
  { eps = 1e-2, tol = 2e-3, entries = 64 }: CheckGradientOptions = {},
): void {
  const output = tf.tidy(() => f(...inputs));
  const weights = Float32Array.from({ length: output.size }, (_, i) => Math.cos(1.7 * i + 0.3) + 0.25);
  const dy = tf.tensor(weights, output.shape);
  const analytic = tf.grads(f)([...inputs], dy);
  tf.dispose([output, dy]);

  const values = analytic.map((gradient) => Float32Array.from(gradient.dataSync()));
  tf.dispose(analytic);
  inputs.forEach((input, which) => {
    const host = Float32Array.from(input.dataSync());
    const at = (index: number, shift: number): number => {
      const moved = Float32Array.from(host);
      moved[index] = host[index]! + shift;
      return tf.tidy(() => {
        const tensor = tf.tensor(moved, input.shape);
        const result = f(...inputs.map((other, i) => (i === which ? tensor : other))).dataSync();
        let sum = 0;
        for (let i = 0; i < result.length; i++) sum += weights[i]! * result[i]!;
        return sum;
      });
    };
    const gradient = values[which]!;
    const scale = Math.max(
      1e-1,
      gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
    );
    const stride = Math.max(1, Math.ceil(host.length / entries));
    for (let index = 0; index < host.length; index += stride) {
      const near = at(index, eps) - at(index, -eps);
      const far = at(index, 2 * eps) - at(index, -2 * eps);
      const numeric = (8 * near - far) / (12 * eps);
      const error = Math.abs(numeric - gradient[index]!) / scale;
      if (!(error <= tol)) {
        throw new Error(
          `checkGradient: input ${which}, entry ${index}: the gradient says ${gradient[index]}, differences say ${numeric} (off by ${error} of the largest entry, allowed ${tol})`,
        );
      }
    }
  });
}
