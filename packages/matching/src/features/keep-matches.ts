import { gmsInliers, type ImageSize } from '../gms/gms-inliers.js';
import type { Matches } from '../matcher.js';
import type { Point } from '../tracker/point.js';
import { smoothMotion } from './smooth-motion.js';

/** What decides whether a match is believed. The first five are options of the caller. */
export type MatchFilter = {
  mutualTolerance?: number;
  ratio?: number;
  minScore?: number;
  smooth?: 'median' | 'gms' | 'none';
  distinct?: number;
  size: ImageSize;
  /** Pixels between places that were tried. */
  step: number;
  /** Whether costs are `2 - 2 cos`. */
  cosine: boolean;
};

/**
 * The matches of one search that return to where they began, are good enough, and move like their neighbours.
 *
 * @param values `[B, N, 7]`: x, y in B, cost, ratio to the cost of the second-best place, x, y back in A,
 * distinctiveness
 * @param queries the points in A, `N` for each of the B pairs
 */
export function keepMatches(
  values: Float32Array,
  queries: readonly (readonly Point[])[],
  { mutualTolerance, ratio = 1, minScore = 0, smooth = 'median', distinct = 1, size, step, cosine }: MatchFilter,
): Matches[] {
  const tolerance = Math.max(Math.max(size.width, size.height) / 64, 1.5 * step);
  const mutual = mutualTolerance ?? tolerance;
  const count = queries[0]?.length ?? 0;
  return queries.map((points, b) => {
    const pointsA: number[] = [];
    const pointsB: number[] = [];
    const scores: number[] = [];
    // The least distinctiveness that is still among the best.
    const ranked = points.map((_, n) => values[(b * count + n) * 7 + 6]!).sort((p, q) => q - p);
    const least = distinct < 1 ? ranked[Math.max(0, Math.ceil(distinct * count) - 1)]! : Number.NEGATIVE_INFINITY;
    for (const [n, { x, y }] of points.entries()) {
      const at = (b * count + n) * 7;
      const [bx, by, cost, againstSecond, backX, backY, held] = values.subarray(at, at + 7) as unknown as number[];
      const score = cosine ? 1 - cost! / 2 : 1 / (1 + cost!);
      if (!(score >= minScore) || (ratio < 1 && !(againstSecond! <= ratio))) continue;
      if (distinct < 1 && !(held! >= least && held! > 1e-9)) continue;
      if (Math.hypot(backX! - x, backY! - y) > mutual) continue;
      pointsA.push(x, y);
      pointsB.push(bx!, by!);
      scores.push(score);
    }
    const all: Matches = {
      pointsA: Float32Array.from(pointsA),
      pointsB: Float32Array.from(pointsB),
      scores: Float32Array.from(scores),
      count: scores.length,
    };
    if (smooth === 'none') return all;
    const identity = Int32Array.from({ length: all.count * 2 }, (_, k) => k >> 1);
    const gridSize = Math.max(4, Math.min(20, Math.round(Math.sqrt(count / 4))));
    const mask =
      smooth === 'gms'
        ? gmsInliers(all.pointsA, size, all.pointsB, size, identity, false, false, 2, gridSize).mask
        : smoothMotion(all.pointsA, all.pointsB, tolerance);
    return selectMatches(all, mask);
  });
}

function selectMatches({ pointsA, pointsB, scores, count }: Matches, mask: Uint8Array): Matches {
  const kept: number[] = [];
  for (let m = 0; m < count; m++) if (mask[m]) kept.push(m);
  const pick = (points: Float32Array) => Float32Array.from(kept.flatMap((m) => [points[2 * m]!, points[2 * m + 1]!]));
  return {
    pointsA: pick(pointsA),
    pointsB: pick(pointsB),
    scores: Float32Array.from(kept, (m) => scores[m]!),
    count: kept.length,
  };
}
