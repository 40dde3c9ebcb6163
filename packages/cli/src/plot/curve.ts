export type CurvePoint = readonly [x: number, y: number];

/**
 * The path of an SVG through points; those that are not usable leave a gap. At most 2000 are drawn: every k-th, and the
 * last.
 */
export function curvePath(
  points: readonly CurvePoint[],
  usable: (point: CurvePoint) => boolean,
  at: (point: CurvePoint) => readonly [number, number],
): string {
  const every = Math.max(1, Math.ceil(points.length / 2000));
  let path = '';
  let open = false;
  points.forEach((point, i) => {
    if (i % every !== 0 && i !== points.length - 1) return;
    if (!usable(point)) {
      open = false;
      return;
    }
    path += `${open ? 'L' : 'M'}${at(point).join(' ')}`;
    open = true;
  });
  return path;
}

/** Mean over a window of a fortieth of the curve. */
export function runningMean(points: readonly CurvePoint[]): CurvePoint[] {
  const half = Math.max(1, Math.floor(points.length / 80));
  const sums = [0];
  for (const [, y] of points) sums.push((sums[sums.length - 1] as number) + y);
  return points.map(([x], i) => {
    const from = Math.max(0, i - half);
    const to = Math.min(points.length, i + half + 1);
    return [x, ((sums[to] as number) - (sums[from] as number)) / (to - from)] as const;
  });
}
