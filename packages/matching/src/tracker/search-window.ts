import type { ImageSize } from '../gms/gms-inliers.js';
import type { Point } from './point.js';

/** Where to look for a point, in pixels. */
export type PointSearch = {
  /** The middle of the places that are looked at. The result depends on it in nothing else. */
  readonly around: Point;
  /** How far from there is looked, on each axis. */
  readonly window: number;
  /** The place to which the distance is wanted. @default `around` */
  readonly to?: Point;
};

/** Where a point is. */
export type TrackedPoint = {
  /** The place that is most like it, in pixels. */
  readonly x: number;
  readonly y: number;
  /** How unlike it is: 0 is the same, 2 has nothing in common. */
  readonly cost: number;
  /**
   * Expected distance to `to`: the mean over all places, each as probable as it is alike. Where the best place is not
   * very much alike, others nearly are, so this is more than its distance where that is small.
   */
  readonly distance: number;
};

/** How unlike a place in pixels is, 0 to 4; at once for all places of a grid, row by row. */
export type Cost = {
  at(x: number, y: number): number;
  grid(xs: Float64Array, ys: Float64Array): Float64Array;
};

/** Places on each axis of the first, coarse lattice. */
const coarsest = 48;

/** Steps of the fine lattice around the best place, to each side. */
const fine = 6;

/**
 * A place whose cost is larger than the least by `doubt · least²` is e times less probable: the worse the best match
 * is, the less it says. Of a constant, a linear and a square law this one agrees best with the landmark detector on
 * drags of the avatars (correlation of the logarithms 0.7 for single landmarks, 0.95 for the mean of five; 0.45 with a
 * constant), and with this factor the distance is neither more nor less than the detector's, in the median.
 */
const doubt = 5;

/** Places e^32 times less probable than the best are as good as none. */
const leastLikely = 32;

/** Keeps the probabilities finite where the match is perfect. */
const leastTemperature = 1e-6;

/**
 * Finds the place of least cost in a window: on a lattice of at most 48 places a side, then around the best one on
 * finer ones down to 1/128 of the image, then by the parabola through the neighbours.
 */
export function searchWindow(cost: Cost, { around, window, to = around }: PointSearch, size: ImageSize): TrackedPoint {
  const finest = Math.max(size.width, size.height) / 128;
  const step = Math.max(finest, (2 * window) / coarsest);
  const middle = { x: clamp(around.x, size.width - 1), y: clamp(around.y, size.height - 1) };
  const wide = lattice(cost, middle, step, Math.ceil(window / step), size);
  let best = lowest(wide);
  for (let finer = step; finer > finest; ) {
    finer = Math.max(finest, finer / 2);
    best = lowest(lattice(cost, best, finer, 2, size), best);
  }
  // centred on the place itself and not on where the search began, or a narrow doubt would find it just there
  const centre = between(cost, best, finest, size);
  const near = lattice(cost, centre, finest, fine, size);
  best = lowest(near, centre, (x, y) => Math.max(Math.abs(x - middle.x), Math.abs(y - middle.y)) <= window + finest);
  const place = best === centre ? centre : between(cost, best, finest, size);
  return { ...place, distance: expectedDistance(wide, step, near, finest, best, to) };
}

/** The lowest place between the lattice's: by the parabola through the neighbours, if it is lower there. */
function between(cost: Cost, best: Place, step: number, size: ImageSize): Place {
  const dx = vertex(cost.at(best.x - step, best.y), best.cost, cost.at(best.x + step, best.y));
  const dy = vertex(cost.at(best.x, best.y - step), best.cost, cost.at(best.x, best.y + step));
  const x = clamp(best.x + dx * step, size.width - 1);
  const y = clamp(best.y + dy * step, size.height - 1);
  const found = cost.at(x, y);
  return found < best.cost ? { x, y, cost: found } : best;
}

type Place = { readonly x: number; readonly y: number; readonly cost: number };

/** Places of a grid and what they cost, row by row. */
type Lattice = { readonly xs: Float64Array; readonly ys: Float64Array; readonly costs: Float64Array };

function lattice(cost: Cost, centre: { x: number; y: number }, step: number, n: number, size: ImageSize): Lattice {
  const within = (middle: number, length: number) => {
    const places: number[] = [];
    for (let i = -n; i <= n; i++) {
      const place = middle + i * step;
      if (place >= 0 && place <= length - 1) places.push(place);
    }
    return Float64Array.from(places);
  };
  const [xs, ys] = [within(centre.x, size.width), within(centre.y, size.height)];
  return { xs, ys, costs: cost.grid(xs, ys) };
}

function lowest(
  { xs, ys, costs }: Lattice,
  start: Place = { x: xs[0]!, y: ys[0]!, cost: costs[0]! },
  inside: (x: number, y: number) => boolean = () => true,
): Place {
  let best = start;
  for (let i = 0; i < costs.length; i++) {
    if (!(costs[i]! < best.cost)) continue;
    const [x, y] = [xs[i % xs.length]!, ys[Math.floor(i / xs.length)]!];
    if (inside(x, y)) best = { x, y, cost: costs[i]! };
  }
  return best;
}

/** Mean distance to a place over the fine lattice, and over the coarse one outside it. */
function expectedDistance(wide: Lattice, step: number, near: Lattice, finest: number, best: Place, to: Point): number {
  const half = (fine + 0.5) * finest;
  const temperature = Math.max(doubt * best.cost ** 2, leastTemperature);
  let weights = 0;
  let sum = 0;
  const add = ({ xs, ys, costs }: Lattice, area: number, counts: (x: number, y: number) => boolean) => {
    for (let j = 0, at = 0; j < ys.length; j++) {
      for (let i = 0; i < xs.length; i++, at++) {
        const doubts = Math.max(costs[at]! - best.cost, 0) / temperature;
        if (doubts > leastLikely || !counts(xs[i]!, ys[j]!)) continue;
        const weight = area * Math.exp(-doubts);
        weights += weight;
        // Math.hypot takes ten times as long
        sum += weight * Math.sqrt((xs[i]! - to.x) ** 2 + (ys[j]! - to.y) ** 2);
      }
    }
  };
  add(near, finest * finest, () => true);
  add(wide, step * step, (x, y) => Math.abs(x - best.x) > half || Math.abs(y - best.y) > half);
  return sum / weights;
}

/** Where between -½ and ½ the parabola through three values at -1, 0 and 1 is lowest. */
function vertex(before: number, here: number, after: number): number {
  const curvature = before - 2 * here + after;
  return curvature > 0 ? Math.min(Math.max((before - after) / (2 * curvature), -0.5), 0.5) : 0;
}

function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 0), max);
}
