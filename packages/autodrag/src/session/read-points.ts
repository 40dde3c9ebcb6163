import { PointError } from '../errors.js';
import { type DragPoint, distance, type Point } from '../picture/points.js';
import { describe } from './describe.js';

export type PointRules = {
  /** What messages begin with. @default 'drag' */
  readonly where?: string;
  readonly width: number;
  readonly height: number;
  /** Handles and anchors together. */
  readonly maxPoints: number;
};

/**
 * Reads what a user hands to `drag`, once: the result is a copy, frozen, of which nothing changes any more.
 *
 * @throws PointError naming the value, the rule and the way out
 */
export function readPoints(
  points: unknown,
  anchors: unknown,
  rules: PointRules,
): { points: readonly DragPoint[]; anchors: readonly Point[] } {
  const { where = 'drag' } = rules;
  try {
    return read(points, anchors, rules, where);
  } catch (error) {
    if (error instanceof PointError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new PointError(
      `${where}: points: they cannot be read: ${reason}. Give plain objects { handle: { x, y }, target: { x, y } }.`,
      { cause: error },
    );
  }
}

function read(points: unknown, anchors: unknown, rules: PointRules, where: string) {
  if (!Array.isArray(points)) {
    throw new PointError(`${where}: points: expected a list of { handle, target }, got ${describe(points)}.`);
  }
  if (!Array.isArray(anchors)) {
    throw new PointError(`${where}: anchors: expected a list of { x, y }, got ${describe(anchors)}.`);
  }
  if (points.length === 0) {
    throw new PointError(`${where}: points: expected at least one, got none. Give a handle and where it should go.`);
  }
  if (points.length + anchors.length > rules.maxPoints) {
    const got = anchors.length ? `${points.length} points and ${anchors.length} anchors` : `${points.length} points`;
    throw new PointError(
      `${where}: points: this model takes at most ${rules.maxPoints} points and anchors together, got ${got}. Drag the rest in a second drag.`,
    );
  }
  // by number and not by forEach, which passes over the holes of a sparse list
  const dragged = Array.from({ length: points.length }, (_, i) =>
    readDragPoint(points[i], `points[${i}]`, rules, where),
  );
  const held = Array.from({ length: anchors.length }, (_, i) => readPoint(anchors[i], `anchors[${i}]`, rules, where));
  return { points: Object.freeze(dragged), anchors: Object.freeze(held) };
}

function readDragPoint(point: unknown, name: string, rules: PointRules, where: string): DragPoint {
  if (typeof point !== 'object' || point === null) {
    throw new PointError(`${where}: ${name}: expected { handle, target }, got ${describe(point)}.`);
  }
  const given = point as Partial<DragPoint>;
  const handle = readPoint(given.handle, `${name}.handle`, rules, where);
  const target = readPoint(given.target, `${name}.target`, rules, where);
  if (distance(handle, target) < 1e-6) {
    throw new PointError(
      `${where}: ${name}: handle and target must differ, both are ${describe(handle)}. Give the point as an anchor to hold it still.`,
    );
  }
  return Object.freeze({ handle, target });
}

function readPoint(point: unknown, name: string, { width, height }: PointRules, where: string): Point {
  if (typeof point !== 'object' || point === null) {
    throw new PointError(`${where}: ${name}: expected { x, y } in pixels, got ${describe(point)}.`);
  }
  const { x, y } = point as Point;
  if (typeof x !== 'number' || typeof y !== 'number') {
    throw new PointError(`${where}: ${name}: expected { x, y } in pixels, got ${describe(point)}.`);
  }
  if (!Number.isFinite(x) || !Number.isFinite(y)) {
    throw new PointError(`${where}: ${name}: expected finite numbers, got ${describe({ x, y })}.`);
  }
  if (x < 0 || y < 0 || x > width - 1 || y > height - 1) {
    throw new PointError(
      `${where}: ${name}: expected x from 0 to ${width - 1} and y from 0 to ${height - 1}, got ${describe({ x, y })}. Give pixels of the ${width}×${height} picture, (0, 0) at the top left.`,
    );
  }
  return Object.freeze({ x, y });
}
