/**
 * Index of the first number that is not finite, -1 if all are. Their sum, in double precision, is finite only then; to
 * ask each of them takes ten times as long, which tells when weights are loaded.
 */
export function firstNotFinite(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return Number.isFinite(sum) ? -1 : values.findIndex((value) => !Number.isFinite(value));
}
