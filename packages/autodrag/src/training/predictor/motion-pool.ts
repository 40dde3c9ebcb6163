import { motionSequence, stepLambda } from '@autodrag/latent-predictor';
import { type Matcher, type Matches, matchFeatures } from '@autodrag/matching';
import type { Random } from '@autodrag/nn';
import { blockSize, type Generator } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { drawCodes } from '../draw-codes.js';
import { createGrowingPool } from '../growing-pool.js';

/** A motion of the generator and where the picture's points went in it; all on the host. */
export type Motion = {
  /** `[numWs * wDim]`: w_0 */
  readonly start: Float32Array;
  /** `[(n + 1) * editedLayers * wDim]`: w_0 … w_n */
  readonly codes: Float32Array;
  /** Share of the way to w* that w_n has gone: Λ, 0 for a pair that stands still. */
  readonly reach: number;
  /** Points of I_0 found again in I_n. */
  readonly matches: Matches;
};

export type MotionPoolOptions = {
  generator: Generator;
  random: Random;
  steps: number;
  editedLayers: number;
  /** Feature maps that are matched. */
  matchResolutions: readonly number[];
  direction: 'toward' | 'away';
  spacing: 'geometric' | 'linear';
  /** Λ is drawn from U(low, high). */
  reach: readonly [low: number, high: number];
  /** Share of pairs that do not move at all. */
  stillShare: number;
  truncationPsi: number;
  /** Looks at pictures. @default null: feature maps are matched */
  matcher?: Matcher | null;
};

/** Motions made together. */
const groupSize = 8;
const pool = { smallest: 16, largest: 256, stepsPerGroup: 4 };

/**
 * The motions that a training draws from: groups of them, of which the oldest go and new ones come as the training
 * proceeds.
 *
 * @returns for a step, a function that draws one of the motions that are there at it; what is there depends on nothing
 * but the step
 */
export function createMotionPool(options: MotionPoolOptions): (step: number) => Promise<(from: Random) => Motion> {
  const { steps, direction, spacing } = options;
  const bothWays = direction === 'toward' && spacing === 'linear';
  const motionsAt = createGrowingPool((index) => makeMotions(index, options), pool);
  return async (step) => {
    const drawMotion = await motionsAt(step);
    return (from) => {
      const motion = drawMotion(from);
      return bothWays && from.uniform() < 0.5 ? reversed(motion, steps) : motion;
    };
  };
}

/** A fifth as many matches as with the defaults, and 87 % of them within 3 pixels of the truth in place of 75 %. */
export const strictMatching = (longerSide: number) => ({ mutualTolerance: longerSide / 128, minScore: 0.8 });

/** The feature maps that motions are matched by: the predictor's own, and coarser ones that see farther. */
export function matchedResolutions(mapResolution: number): number[] {
  return [...new Set([16, 32, mapResolution].map((height) => Math.min(height, mapResolution)))];
}

/**
 * Group `index` of the endless list of motions that a training draws from; depends on nothing but the options, so a
 * resumed training makes the same ones again. Matching costs as much as a training step, so motions are used several
 * times, with other points each time.
 */
export async function makeMotions(
  index: number,
  {
    generator,
    random,
    steps,
    editedLayers,
    matchResolutions,
    direction,
    spacing,
    reach,
    stillShare,
    truncationPsi,
    matcher = null,
  }: MotionPoolOptions,
): Promise<Motion[]> {
  const draw = random.fork(index);
  const reaches = Float32Array.from({ length: groupSize }, () =>
    draw.uniform() < stillShare ? 0 : reach[0] + (reach[1] - reach[0]) * draw.uniform(),
  );
  const [height, width] = blockSize(generator.config, generator.config.resolution);
  const [start, codes, last, before, after] = tf.tidy(() => {
    const w0 = drawCodes(draw, generator, groupSize, { truncationPsi });
    const wStar = drawCodes(draw, generator, groupSize, { truncationPsi });
    const lambda = stepLambda(tf.tensor1d(reaches), steps, { direction, spacing });
    const sequence = motionSequence(w0, wStar, { steps, lambda, direction, spacing, editedLayers });
    const [, numWs, wDim] = w0.shape;
    const end = tf.reshape(tf.slice(sequence, [0, steps], [groupSize, 1]), [groupSize, editedLayers, wDim]);
    const kept = tf.slice(w0, [0, editedLayers, 0], [groupSize, numWs - editedLayers, wDim]);
    const wn = tf.concat([end, kept], 1) as tf.Tensor3D;
    // a matcher looks at pictures, not at maps
    const maps = (w: tf.Tensor3D) =>
      matcher ? {} : generator.features(w, matchResolutions, { noise: 'none' }).features;
    return [w0, sequence, wn, maps(w0), maps(wn)] as never;
  }) as [tf.Tensor3D, tf.Tensor4D, tf.Tensor3D, Record<number, tf.Tensor4D>, Record<number, tf.Tensor4D>];
  try {
    const matches = matcher
      ? await matchPictures(matcher, generator, start, last)
      : await matchFeatures(before, after, {
          imageSize: { width, height },
          ...strictMatching(Math.max(height, width)),
        });
    const starts = (await start.data()) as Float32Array;
    const sequences = (await codes.data()) as Float32Array;
    return Array.from(reaches, (reached, i) => ({
      start: starts.slice((i * start.size) / groupSize, ((i + 1) * start.size) / groupSize),
      codes: sequences.slice((i * codes.size) / groupSize, ((i + 1) * codes.size) / groupSize),
      reach: reached,
      // What does not move has its target exactly where its handle is.
      matches: reached === 0 ? { ...matches[i]!, pointsB: matches[i]!.pointsA } : matches[i]!,
    }));
  } finally {
    tf.dispose([start, codes, last, ...Object.values(before), ...Object.values(after)]);
  }
}

/**
 * The same motion the other way: another start, whose edited layers come from elsewhere than the others, as those of a
 * picture that was dragged before. Costs nothing, since matches hold both ways. Only where all steps are equal.
 */
export function reversed({ start, codes, reach, matches }: Motion, steps: number): Motion {
  const size = codes.length / (steps + 1);
  const turned = Float32Array.from(codes);
  for (let i = 0; i <= steps; i++) turned.set(codes.subarray((steps - i) * size, (steps - i + 1) * size), i * size);
  const end = Float32Array.from(start);
  end.set(turned.subarray(0, size));
  return {
    start: end,
    codes: turned,
    reach,
    matches: { ...matches, pointsA: matches.pointsB, pointsB: matches.pointsA },
  };
}

/** The matches of the pictures of each pair of codes, `[B, numWs, wDim]`. */
async function matchPictures(
  matcher: Matcher,
  generator: Generator,
  before: tf.Tensor3D,
  after: tf.Tensor3D,
): Promise<Matches[]> {
  const images = [before, after].map((w) => generator.synthesis(w, { noise: 'none' }));
  try {
    const [from, to] = images.map((batch) => tf.unstack(batch)) as [tf.Tensor3D[], tf.Tensor3D[]];
    try {
      return await Promise.all(from.map((image, i) => matcher.match(image, to[i]!)));
    } finally {
      tf.dispose([...from, ...to]);
    }
  } finally {
    tf.dispose(images);
  }
}
