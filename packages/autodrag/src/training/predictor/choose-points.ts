import { longerSide, type PointPair, type Resolution } from '@autodrag/latent-predictor';
import { type Matches, matchedPairs } from '@autodrag/matching';
import type { Random } from '@autodrag/nn';

/**
 * How far the first handle of a drag moves at least, in pixels: 50 at 512 for a motion that goes all the way. Section
 * 4.1.
 */
export function dragThreshold(imageResolution: Resolution, reach: number): number {
  return (50 * longerSide(imageResolution) * reach) / 512;
}

/**
 * A drag made of matches: one that moves farther than `threshold` first, then any, so that among several points some
 * hold still, as anchors do. Null if nothing matches.
 *
 * @param count how many points, fewer if there are not so many matches
 * @param threshold in pixels; where no match moves so far, the first point is the one that moves farthest
 */
export function choosePoints(random: Random, matches: Matches, count: number, threshold: number): PointPair[] | null {
  const available = matches.count;
  if (available === 0) return null;
  const pairs = matchedPairs(matches);
  const lengths = pairs.map(({ handle, target }) => Math.hypot(target.x - handle.x, target.y - handle.y));
  const long = lengths.flatMap((length, i) => (length >= threshold ? [i] : []));
  const first = long.length > 0 ? long[random.integer(long.length)]! : lengths.indexOf(Math.max(...lengths));
  const chosen = new Set([first]);
  while (chosen.size < Math.min(count, available)) chosen.add(random.integer(available));
  return [...chosen].map((i) => pairs[i]!);
}

/** The matches that move farther than `threshold` pixels. */
export function longMatches({ pointsA, pointsB, scores, count }: Matches, threshold: number): Matches {
  const long = Array.from({ length: count }, (_, i) => i).filter(
    (i) => Math.hypot(pointsB[2 * i]! - pointsA[2 * i]!, pointsB[2 * i + 1]! - pointsA[2 * i + 1]!) > threshold,
  );
  const pick = (values: Float32Array) => Float32Array.from(long.flatMap((i) => [values[2 * i]!, values[2 * i + 1]!]));
  return {
    pointsA: pick(pointsA),
    pointsB: pick(pointsB),
    scores: Float32Array.from(long, (i) => scores[i]!),
    count: long.length,
  };
}
