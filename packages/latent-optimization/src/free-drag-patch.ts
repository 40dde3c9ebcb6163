import type { Size } from './feature-generator.js';
import { type Place, type Taps, tapsAt } from './sample-features.js';

/**
 * The 3 × 3 places around a point that FreeDrag compares: three pixels of the picture apart, on the feature map. Places
 * beyond the border are read at the border, where the published program would fail.
 *
 * @param points on the feature map `map`
 * @param spacing feature pixels between neighbours
 */
export function patchTaps(points: readonly Place[], spacing: number, map: Size): Taps {
  const inside = (value: number, size: number) => Math.min(Math.max(value, 0), size - 1);
  const places = points.flatMap(([row, column]) =>
    [-spacing, 0, spacing].flatMap((down) =>
      [-spacing, 0, spacing].map((right): Place => [inside(row + down, map.height), inside(column + right, map.width)]),
    ),
  );
  return tapsAt(places, map, map);
}

/** Places of a patch. */
export const patchPlaces = 9;
