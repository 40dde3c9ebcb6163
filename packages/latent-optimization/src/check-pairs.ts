import { InvalidArgumentError } from '@autodrag/nn';
import type { Size } from './feature-generator.js';
import type { Point, PointPair } from './points.js';

/**
 * Checks the points of a drag.
 *
 * @throws InvalidArgumentError naming the point, the rule and what it got
 */
export function checkPairs(pairs: readonly PointPair[], { height, width }: Size, where: string): void {
  if (!Array.isArray(pairs) || pairs.length === 0) {
    throw new InvalidArgumentError(`${where}: points: expected a list of at least one { handle, target }`);
  }
  pairs.forEach((pair, i) => {
    for (const end of ['handle', 'target'] as const) {
      const point = pair?.[end] as Point | undefined;
      const inside = (value: unknown, size: number) => typeof value === 'number' && value >= 0 && value <= size - 1;
      if (!inside(point?.x, width) || !inside(point?.y, height)) {
        throw new InvalidArgumentError(
          `${where}: points[${i}].${end}: expected x from 0 to ${width - 1} and y from 0 to ${height - 1}, got ${JSON.stringify(point)}`,
        );
      }
    }
  });
}
