import { InvalidArgumentError } from '@autodrag/nn';
import type { Size } from './feature-generator.js';
import type { Point, PointPair } from './points.js';

/**
 * Checks the points of a drag.
 *
 * @throws InvalidArgumentError naming the point, the rule and what it got
 */
export function checkPairs(pairs: readonly PointPair[], picture: Size, where: string): void {
  if (!Array.isArray(pairs) || pairs.length === 0) {
    throw new InvalidArgumentError(`${where}: points: expected a list of at least one { handle, target }`);
  }
  pairs.forEach((pair, i) => {
    for (const end of ['handle', 'target'] as const) checkPoint(pair?.[end], picture, `${where}: points[${i}].${end}`);
  });
}

/** Checks points that stay. @throws InvalidArgumentError, as above */
export function checkPoints(points: readonly Point[], picture: Size, where: string): void {
  if (!Array.isArray(points)) throw new InvalidArgumentError(`${where}: expected a list of { x, y }`);
  points.forEach((point, i) => {
    checkPoint(point, picture, `${where}[${i}]`);
  });
}

function checkPoint(point: Point | undefined, { height, width }: Size, where: string): void {
  const inside = (value: unknown, size: number) => typeof value === 'number' && value >= 0 && value <= size - 1;
  if (inside(point?.x, width) && inside(point?.y, height)) return;
  throw new InvalidArgumentError(
    `${where}: expected x from 0 to ${width - 1} and y from 0 to ${height - 1}, got ${JSON.stringify(point)}`,
  );
}
