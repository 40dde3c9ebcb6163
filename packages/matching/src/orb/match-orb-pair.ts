import { gmsInliers } from '../gms/gms-inliers.js';
import { nearestHamming } from '../hamming/nearest-hamming.js';
import type { GreyImage } from '../image/to-grey.js';
import type { Matches } from '../matcher.js';
import { detectOrb, type OrbSettings } from './detect-orb.js';
import type { OpenCvBox } from './load-opencv.js';

/** Everything about one ORB job, as it is sent to a worker. */
export type OrbJob = {
  a: GreyImage;
  b: GreyImage;
  orb: OrbSettings;
  /** The GMS filter's settings, or null to keep every nearest neighbour. */
  gms: { rotation: boolean; scale: boolean; thresholdFactor: number } | null;
  /** Path or address of OpenCV's script, or null for the installed package. */
  opencv: string | null;
};

/**
 * ORB on both images, the nearest neighbour of every key point of A, the GMS filter. Without argument checks; runs in
 * workers. GMS sees the size of the image that came in. Scores are `1 - distance / 256`.
 */
export function matchOrbPair(box: OpenCvBox, { a, b, orb, gms }: Omit<OrbJob, 'opencv'>): Matches {
  const featuresA = detectOrb(box, a, orb);
  const featuresB = featuresA.points.length ? detectOrb(box, b, orb) : featuresA;
  const total = featuresB.points.length ? featuresA.points.length >> 1 : 0;
  if (total === 0) {
    return { pointsA: new Float32Array(0), pointsB: new Float32Array(0), scores: new Float32Array(0), count: 0 };
  }
  const { indices, distances } = nearestHamming(featuresA.descriptors, featuresB.descriptors);
  let mask: Uint8Array | null = null;
  let count = total;
  if (gms) {
    const pairs = new Int32Array(total * 2);
    for (let m = 0; m < total; m++) {
      pairs[2 * m] = m;
      pairs[2 * m + 1] = indices[m]!;
    }
    const { rotation, scale, thresholdFactor } = gms;
    const result = gmsInliers(featuresA.points, a, featuresB.points, b, pairs, rotation, scale, thresholdFactor, 20);
    mask = result.mask;
    count = result.count;
  }
  const pointsA = new Float32Array(count * 2);
  const pointsB = new Float32Array(count * 2);
  const scores = new Float32Array(count);
  let at = 0;
  for (let m = 0; m < total; m++) {
    if (mask && !mask[m]) continue;
    const j = indices[m]!;
    pointsA[2 * at] = featuresA.points[2 * m]!;
    pointsA[2 * at + 1] = featuresA.points[2 * m + 1]!;
    pointsB[2 * at] = featuresB.points[2 * j]!;
    pointsB[2 * at + 1] = featuresB.points[2 * j + 1]!;
    scores[at++] = 1 - distances[m]! / 256;
  }
  return { pointsA, pointsB, scores, count };
}
