export type Point = { readonly x: number; readonly y: number };

/**
 * A polygon, counter-clockwise where y points up, widened by a radius: its convex corners are round, its concave ones
 * sharp. The distance to it is exact, so its coverage is smooth at every size.
 */
export type RoundedPolygon = {
  readonly corners: readonly Point[];
  readonly radius: number;
  /** `[n, 5]`: begin x and y of each edge, its vector, and one over the square of its length */
  readonly edges: Float64Array;
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
};

export function createRoundedPolygon(corners: readonly Point[], radius: number): RoundedPolygon {
  const edges = new Float64Array(corners.length * 5);
  corners.forEach(({ x, y }, i) => {
    const next = corners[(i + 1) % corners.length]!;
    const [dx, dy] = [next.x - x, next.y - y];
    edges.set([x, y, dx, dy, 1 / Math.max(1e-12, dx * dx + dy * dy)], 5 * i);
  });
  const xs = corners.map(({ x }) => x);
  const ys = corners.map(({ y }) => y);
  return {
    corners,
    radius,
    edges,
    left: Math.min(...xs) - radius,
    right: Math.max(...xs) + radius,
    bottom: Math.min(...ys) - radius,
    top: Math.max(...ys) + radius,
  };
}

/** Distance from (x, y) to the outline, negative inside. */
export function distanceTo({ edges, radius }: RoundedPolygon, x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY;
  let inside = false;
  for (let i = 0; i < edges.length; i += 5) {
    const ex = edges[i + 2]!;
    const ey = edges[i + 3]!;
    const wx = x - edges[i]!;
    const wy = y - edges[i + 1]!;
    let t = (wx * ex + wy * ey) * edges[i + 4]!;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    const bx = wx - ex * t;
    const by = wy - ey * t;
    const square = bx * bx + by * by;
    if (square < least) least = square;
    // a ray to the right crosses this edge
    if (wy >= 0 !== wy - ey >= 0 && wx * ey < ex * wy === ey > 0) inside = !inside;
  }
  const distance = Math.sqrt(least);
  return (inside ? -distance : distance) - radius;
}

/** The point of the outline that belongs to a corner: on the bisector where it is round, the very corner where not. */
export function cornerOf({ corners, radius }: RoundedPolygon, i: number): Point {
  const n = corners.length;
  const [before, at, after] = [corners[(i + n - 1) % n]!, corners[i]!, corners[(i + 1) % n]!];
  const a = outward(before, at);
  const b = outward(at, after);
  const cosine = a.x * b.x + a.y * b.y;
  const length = Math.hypot(a.x + b.x, a.y + b.y);
  const convex = a.x * b.y - a.y * b.x > 0;
  const reach = (convex ? radius : radius / Math.sqrt(0.5 * (1 + cosine))) / length;
  return { x: at.x + reach * (a.x + b.x), y: at.y + reach * (a.y + b.y) };
}

/** The point of the outline beside the edge that begins at corner `i`, `t` of the way along it. */
export function alongEdge({ corners, radius }: RoundedPolygon, i: number, t: number): Point {
  const [from, to] = [corners[i]!, corners[(i + 1) % corners.length]!];
  const normal = outward(from, to);
  return { x: from.x + (to.x - from.x) * t + radius * normal.x, y: from.y + (to.y - from.y) * t + radius * normal.y };
}

function outward(from: Point, to: Point): Point {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy);
  return { x: dy / length, y: -dx / length };
}
