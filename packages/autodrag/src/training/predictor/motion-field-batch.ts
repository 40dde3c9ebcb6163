import type { Matches } from '@autodrag/matching';
import type { Random } from '@autodrag/nn';
import { concatArrays } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { Motion } from './motion-pool.js';

/** Motions of a batch, and matches of each. */
const batchMotions = 32;
const batchPoints = 16;

/** What the motion field learns from in one step; all of it the caller's. */
export type MotionFieldBatch = {
  /** `[B, editedLayers, wDim]`: w_0 and w_n */
  start: tf.Tensor3D;
  codes: tf.Tensor3D;
  /** `[B, P, 2]`, (x, y) in image pixels: places in the picture of w_0 */
  points: tf.Tensor3D;
  /** `[B, P, 2]`: by how much they have moved in that of w_n */
  wanted: tf.Tensor3D;
};

/**
 * Motions and some of the matches of each.
 *
 * @param drawMotion draws one of the pool
 * @param fallback taken where the pool has hardly any motion with a match; has one itself
 */
export function motionFieldBatch(
  random: Random,
  drawMotion: (from: Random) => Motion,
  fallback: Motion,
  [editedLayers, wDim]: readonly [editedLayers: number, wDim: number],
): MotionFieldBatch {
  const motions = Array.from({ length: batchMotions }, () => {
    const motion = drawMotion(random);
    return motion.matches.count > 0 ? motion : fallback;
  });
  const matches = motions.map((motion) => motion.matches);
  const size = editedLayers * wDim;
  const ends = (cut: (codes: Float32Array) => Float32Array) =>
    tf.tensor3d(concatArrays(motions.map(({ codes }) => cut(codes))), [batchMotions, editedLayers, wDim]);
  return {
    start: ends((codes) => codes.subarray(0, size)),
    codes: ends((codes) => codes.subarray(codes.length - size)),
    ...drawMatches(random, matches, batchPoints),
  };
}

/**
 * Some matches of each motion.
 *
 * @param random advanced by the call
 * @param matches at least one of each
 */
export function drawMatches(
  random: Random,
  matches: readonly Matches[],
  each: number,
): Pick<MotionFieldBatch, 'points' | 'wanted'> {
  const points = new Float32Array(matches.length * each * 2);
  const wanted = new Float32Array(points.length);
  for (const [b, { pointsA, pointsB, count }] of matches.entries()) {
    for (let p = 0; p < each; p++) {
      const match = random.integer(count);
      for (let axis = 0; axis < 2; axis++) {
        const at = (b * each + p) * 2 + axis;
        points[at] = pointsA[2 * match + axis]!;
        wanted[at] = pointsB[2 * match + axis]! - pointsA[2 * match + axis]!;
      }
    }
  }
  const shape: [number, number, number] = [matches.length, each, 2];
  return { points: tf.tensor3d(points, shape), wanted: tf.tensor3d(wanted, shape) };
}
