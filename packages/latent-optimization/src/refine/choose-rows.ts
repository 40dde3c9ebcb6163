import type { Point } from '../points.js';

/** One number that a refinement brings to nothing: a mean over some coordinates. */
export type Row = {
  /** Indices of the points whose mean it is; none for the change of the fixed part. */
  readonly points: readonly number[];
  readonly axis: 'x' | 'y' | 'mask';
};

/**
 * Which numbers are brought to nothing with at most `budget` passes back, one each: x and y of every handle and anchor,
 * where that is too much of groups of neighbours, and the change of the fixed part.
 *
 * @param handles places, the first indices
 * @param anchors places, the indices after them; none shares a group with a handle
 */
export function chooseRows(
  handles: readonly Point[],
  anchors: readonly Point[],
  { budget, mask }: { budget: number; mask: boolean },
): Row[] {
  const groups = Math.max(1, Math.floor((budget - (mask ? 1 : 0)) / 2));
  const all = handles.length + anchors.length;
  // each kind by its share, and at least one
  const held = all <= groups ? anchors.length : Math.max(1, Math.round((groups * anchors.length) / all));
  const ofAnchors = anchors.length === 0 || groups === 1 ? 0 : Math.min(held, groups - 1);
  const ofHandles = Math.min(groups - ofAnchors, handles.length);
  const chosen = [
    ...groupNeighbours(handles, ofHandles),
    ...groupNeighbours(anchors, ofAnchors).map((group) => group.map((i) => i + handles.length)),
  ];
  const rows = chosen.flatMap((points): Row[] => [
    { points, axis: 'x' },
    { points, axis: 'y' },
  ]);
  return (mask ? [...rows, { points: [], axis: 'mask' } as const] : rows).slice(0, budget);
}

/** Groups around points that lie as far from one another as they can. */
function groupNeighbours(places: readonly Point[], count: number): number[][] {
  if (places.length <= count) return places.map((_, i) => [i]);
  if (count < 1) return [];
  const away = (a: number, b: number) => Math.hypot(places[a]!.x - places[b]!.x, places[a]!.y - places[b]!.y);
  const middles = [0];
  while (middles.length < count) {
    const nearest = places.map((_, i) => Math.min(...middles.map((middle) => away(i, middle))));
    middles.push(nearest.indexOf(Math.max(...nearest)));
  }
  const groups = middles.map((): number[] => []);
  places.forEach((_, i) => {
    const distances = middles.map((middle) => away(i, middle));
    groups[distances.indexOf(Math.min(...distances))]!.push(i);
  });
  return groups.filter((group) => group.length > 0);
}

/** The rows of a residual, which has x and y of every point and then, if at all, the fixed part. */
export function rowsOf(residual: ArrayLike<number>, rows: readonly Row[]): Float64Array<ArrayBuffer> {
  return Float64Array.from(rows, ({ points, axis }) => {
    if (axis === 'mask') return residual[residual.length - 1]!;
    const at = axis === 'x' ? 0 : 1;
    return points.reduce((sum, p) => sum + residual[2 * p + at]!, 0) / points.length;
  });
}
