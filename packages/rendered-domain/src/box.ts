/** A rectangle in pixels of a picture, centres of pixels at whole numbers, both ends included. */
export type Box = {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
};

/** The smallest box around some of the points `[L, 2]`, widened by `margin` pixels on every side. */
export function boxAround(points: ArrayLike<number>, indices: readonly number[], margin: number): Box {
  const xs = indices.map((i) => points[2 * i]!);
  const ys = indices.map((i) => points[2 * i + 1]!);
  return {
    x0: Math.min(...xs) - margin,
    y0: Math.min(...ys) - margin,
    x1: Math.max(...xs) + margin,
    y1: Math.max(...ys) + margin,
  };
}
