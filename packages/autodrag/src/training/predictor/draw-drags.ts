import type { LatentPredictorConfig, PointPair } from '@autodrag/latent-predictor';
import type { Random } from '@autodrag/nn';
import { choosePoints, dragThreshold, longMatches } from './choose-points.js';
import type { Motion } from './motion-pool.js';

/** Most points of a drag, and how often. Few are what people set. */
const pointCaps = [
  { cap: 1, share: 0.4 },
  { cap: 5, share: 0.3 },
  { cap: 16, share: 0.2 },
  { cap: 68, share: 0.1 },
];

/** Motions of a step, and the drags that go with each. */
export type DrawnDrags = {
  /** Most points of a drag in this step. */
  readonly cap: number;
  /** Those with matches; each has as many drags as were asked for. */
  readonly usable: readonly { readonly motion: Motion; readonly sets: readonly PointPair[][] }[];
};

/** @param random advanced by the call */
export function drawDrags(
  random: Random,
  drawMotion: (from: Random) => Motion,
  {
    config,
    motions,
    drags,
    longOnly,
  }: {
    config: LatentPredictorConfig;
    motions: number;
    drags: number;
    /** Leaves out the points that move less far than the threshold. */
    longOnly: boolean;
  },
): DrawnDrags {
  const chosen = Array.from({ length: motions }, () => drawMotion(random));
  const cap = Math.min(pointCap(random.uniform()), config.maxPoints);
  const usable = chosen.flatMap((motion) => {
    // Section 4.1 has one threshold for all; where motions go less than all the way, it goes with them.
    const threshold = dragThreshold(config.imageResolution, longOnly ? 1 : motion.reach);
    const matches = longOnly ? longMatches(motion.matches, threshold) : motion.matches;
    const sets = Array.from({ length: drags }, () =>
      choosePoints(random, matches, 1 + random.integer(cap), threshold),
    ).filter((set) => set !== null);
    return sets.length === drags ? [{ motion, sets }] : [];
  });
  return { cap, usable };
}

function pointCap(u: number): number {
  let left = u;
  for (const { cap, share } of pointCaps) {
    if (left < share) return cap;
    left -= share;
  }
  return pointCaps[pointCaps.length - 1]!.cap;
}
