import type { Matches } from './matcher.js';
import type { Point } from './tracker/point.js';

/** A point of image A and where it is in image B: what a drag that turns A into B would be told. */
export type MatchedPair = { readonly handle: Point; readonly target: Point };

/** Matches as pairs of points, in their order: handles in image A, targets in image B, in pixels. */
export function matchedPairs({ pointsA, pointsB, count }: Matches): MatchedPair[] {
  return Array.from({ length: count }, (_, i) => ({
    handle: { x: pointsA[2 * i]!, y: pointsA[2 * i + 1]! },
    target: { x: pointsB[2 * i]!, y: pointsB[2 * i + 1]! },
  }));
}
