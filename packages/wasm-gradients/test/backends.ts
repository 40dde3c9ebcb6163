import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';

/** Runs `work` on one backend, in a tidy, and returns the results' values. Inputs must be made inside. */
export async function on(backend: 'cpu' | 'wasm', work: () => tf.Tensor | tf.Tensor[]): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  return tf.tidy(() => {
    const results = work();
    return (Array.isArray(results) ? results : [results]).map((tensor) => Float32Array.from(tensor.dataSync()));
  });
}

/** A tensor of the same normally distributed values on every backend. */
export function sample(shape: number[], seed = 1): tf.Tensor {
  return tf.randomNormal(shape, 0, 1, 'float32', seed);
}

/** The largest difference, relative to the largest expected value (at least 1). */
export function difference(actual: Float32Array[], expected: Float32Array[]): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  let scale = 1;
  for (const [index, values] of expected.entries()) {
    const other = actual[index]!;
    if (other.length !== values.length) return Number.POSITIVE_INFINITY;
    for (let i = 0; i < values.length; i++) {
      const distance = Math.abs(other[i]! - values[i]!);
      worst = Math.max(worst, distance); // keeps a NaN
      scale = Math.max(scale, Math.abs(values[i]!));
    }
  }
  return worst / scale;
}
