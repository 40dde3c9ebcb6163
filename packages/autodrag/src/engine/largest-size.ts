/** The largest size of a value; NaN or infinite if one is. */
export function largestSize(values: Float32Array): number {
  let most = 0;
  for (const value of values) {
    const size = Math.abs(value);
    if (Number.isNaN(size)) return size;
    if (size > most) most = size;
  }
  return most;
}
