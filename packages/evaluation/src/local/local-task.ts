import type { Random } from '@autodrag/nn';
import type { GeometryModel } from './geometry-model.js';
import { leastChange, type Wish } from './least-change.js';

/** A drag that has a solution in its domain, and the least that has to change for it. */
export type LocalTask = {
  /** The landmark that is dragged, and those that should stay. */
  readonly landmark: number;
  readonly anchors: readonly number[];
  /** By how much the landmark should move, in pixels. */
  readonly dx: number;
  readonly dy: number;
  /** What the least change does: distances in pixels. */
  readonly optimum: {
    /** From the landmark to its target. */
    readonly remaining: number;
    /** Mean of the anchors. */
    readonly slip: number;
    /** Mean motion of the other landmarks that can be seen. */
    readonly rest: number;
  };
};

export type LocalTaskOptions = {
  /** How many landmarks should stay. */
  readonly anchors: number;
  /** How far the landmark should move, in pixels. */
  readonly length: number;
  /** Anchors are at least so far from the landmark, in pixels. */
  readonly anchorDistance: number;
  /** The picture's longer side, in pixels. */
  readonly size: number;
};

/** Tolerance, in shares of the size, with which the least change is asked to meet handle and anchors. */
const tolerance = 0.0005;

/**
 * One drawn task; null if it has no solution: if the least change leaves more than a twentieth of the way, or an anchor
 * slips by more than 0.3 % of the size.
 *
 * @param random advanced by the call
 * @param z the geometry of the picture
 */
export function localTask(
  random: Random,
  model: GeometryModel,
  z: Float64Array,
  { anchors: count, length, anchorDistance, size }: LocalTaskOptions,
): LocalTask | null {
  const { points, visible } = model.locate(z);
  const at = (i: number) => ({ x: points[2 * i]!, y: points[2 * i + 1]! });
  const seen = Array.from({ length: model.count }, (_, i) => i).filter((i) => visible[i]);
  const landmark = seen[random.integer(seen.length)]!;
  const angle = 2 * Math.PI * random.uniform();
  const [dx, dy] = [length * Math.cos(angle), length * Math.sin(angle)];
  const from = at(landmark);
  const target = { x: from.x + dx, y: from.y + dy };
  if (!(target.x >= 0 && target.y >= 0 && target.x <= size - 1 && target.y <= size - 1)) return null;
  const far = seen.filter((i) => Math.hypot(at(i).x - from.x, at(i).y - from.y) >= anchorDistance);
  const anchors: number[] = [];
  while (anchors.length < count && far.length > 0) anchors.push(...far.splice(random.integer(far.length), 1));
  if (anchors.length < count) return null;

  const weight = 1 / (tolerance * size) ** 2;
  const wishes: Wish[] = [
    { landmark, ...target, weight },
    ...anchors.map((i): Wish => ({ landmark: i, ...at(i), weight })),
  ];
  const { z: changed, distances } = leastChange(model, z, z, wishes);
  const [remaining, ...slips] = distances as [number, ...number[]];
  if (remaining > 0.05 * length || slips.some((slip) => slip > 0.003 * size)) return null;
  const moved = model.locate(changed).points;
  const rest = seen.filter((i) => i !== landmark && !anchors.includes(i));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return {
    landmark,
    anchors,
    dx,
    dy,
    optimum: {
      remaining,
      slip: mean(slips),
      rest: mean(rest.map((i) => Math.hypot(moved[2 * i]! - at(i).x, moved[2 * i + 1]! - at(i).y))),
    },
  };
}
