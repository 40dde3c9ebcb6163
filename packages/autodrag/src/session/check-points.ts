import { PointError } from '../errors.js';
import { type DragPoint, distance, type Point } from '../picture/points.js';

export type PointRules = {
  readonly width: number;
  readonly height: number;
  /** Handles and anchors together. */
  readonly maxPoints: number;
};

/**
 * Checks what a user hands to `drag`.
 *
 * @throws PointError naming the value, the rule and the way out
 */
export function checkPoints(points: readonly DragPoint[], anchors: readonly Point[], rules: PointRules): void {
  if (!Array.isArray(points)) {
    throw new PointError(`drag: points: expected a list of { handle, target }, got ${describe(points)}.`);
  }
  if (!Array.isArray(anchors)) {
    throw new PointError(`drag: anchors: expected a list of { x, y }, got ${describe(anchors)}.`);
  }
  if (points.length === 0) {
    throw new PointError('drag: points: expected at least one, got none. Give a handle and where it should go.');
  }
  if (points.length + anchors.length > rules.maxPoints) {
    const got = anchors.length ? `${points.length} points and ${anchors.length} anchors` : `${points.length} points`;
    throw new PointError(
      `drag: points: this model takes at most ${rules.maxPoints} points and anchors together, got ${got}. Drag the rest in a second drag.`,
    );
  }
  points.forEach((point, i) => {
    if (typeof point !== 'object' || point === null) {
      throw new PointError(`drag: points[${i}]: expected { handle, target }, got ${describe(point)}.`);
    }
    checkPoint(point.handle, `points[${i}].handle`, rules);
    checkPoint(point.target, `points[${i}].target`, rules);
    if (distance(point.handle, point.target) < 1e-6) {
      throw new PointError(
        `drag: points[${i}]: handle and target must differ, both are ${describe(point.handle)}. Give the point as an anchor to hold it still.`,
      );
    }
  });
  anchors.forEach((anchor, i) => {
    checkPoint(anchor, `anchors[${i}]`, rules);
  });
}

function checkPoint(point: Point, name: string, { width, height }: PointRules): void {
  if (typeof point !== 'object' || point === null || typeof point.x !== 'number' || typeof point.y !== 'number') {
    throw new PointError(`drag: ${name}: expected { x, y } in pixels, got ${describe(point)}.`);
  }
  if (!Number.isFinite(point.x) || !Number.isFinite(point.y)) {
    throw new PointError(`drag: ${name}: expected finite numbers, got ${describe(point)}.`);
  }
  if (point.x < 0 || point.y < 0 || point.x > width - 1 || point.y > height - 1) {
    throw new PointError(
      `drag: ${name}: expected x from 0 to ${width - 1} and y from 0 to ${height - 1}, got ${describe(point)}. Give pixels of the ${width}×${height} picture, (0, 0) at the top left.`,
    );
  }
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'x' in value && 'y' in value) {
    const { x, y } = value as { x: unknown; y: unknown };
    return `(${String(x)}, ${String(y)})`;
  }
  if (typeof value === 'string') return `'${value}'`;
  return value === null || value === undefined || typeof value !== 'object'
    ? String(value)
    : Array.isArray(value)
      ? 'a list'
      : 'an object';
}
