import type { Random } from '@autodrag/nn';

/** A random z of unit mean square, as the mapping network sees it: `[zDim]`. */
export function drawLatent(random: Random, zDim: number): Float32Array {
  return unitMeanSquare(Float32Array.from({ length: zDim }, () => random.normal()));
}

/** z scaled to a mean square of 1, as the mapping network scales it. */
export function unitMeanSquare(z: Float32Array): Float32Array {
  const scale = 1 / Math.sqrt(z.reduce((sum, value) => sum + value * value, 0) / z.length + 1e-8);
  return z.map((value) => value * scale);
}
