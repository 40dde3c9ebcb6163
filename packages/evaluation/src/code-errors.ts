import { choosePoints, dragThreshold, drawCodes, makeMotions, matchedResolutions } from '@autodrag/autodrag/training';
import {
  encodeMemory,
  heightAndWidth,
  joinCodes,
  type LatentPredictor,
  type PointPair,
  packPoints,
  predictFreeRunning,
  predictTeacherForced,
} from '@autodrag/latent-predictor';
import { type LatentRegularizer, perturbCodes, regularizerFigures } from '@autodrag/latent-regularizer';
import { concatArrays, createRandom } from '@autodrag/nn';
import type { Generator } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';

type Motion = Awaited<ReturnType<typeof makeMotions>>[number];

export type CodeErrors = {
  /**
   * `sum ‖R(w_i) − w_i‖ / sum ‖w_i − w_0‖` on codes of motion sequences: how much of a drag the regularizer would undo.
   */
  readonly regularizerMotion: number;
  /** `sum ‖R(w') − w‖ / sum ‖w' − w‖` on noised codes: how much of the noise it leaves. */
  readonly regularizerNoise: number;
  /** Mean L1 to the true codes w_1 … w_n in standard deviations, each prediction from the true code before it. */
  readonly teacherForced: number;
  /** The same, from its own predictions. */
  readonly freeRunning: number;
  /** The same for a predictor that never moves. */
  readonly standingStill: number;
  readonly motions: number;
};

/** Errors in latent space, on motions that training never saw: drags of one to five matches. */
export async function codeErrors(
  {
    generator,
    regularizer,
    predictor,
  }: { generator: Generator; regularizer: LatentRegularizer; predictor: LatentPredictor },
  { groups = 8, seed = 0, truncationPsi = 0.7 }: { groups?: number; seed?: number; truncationPsi?: number } = {},
): Promise<CodeErrors> {
  const { config } = predictor;
  const { steps, editedLayers, featureResolution } = config;
  const [mapResolution] = heightAndWidth(featureResolution);
  const random = createRandom(seed).fork('evaluation of codes');
  const totals = { teacherForced: 0, freeRunning: 0, standingStill: 0, motions: 0 };
  const figures = { motion: 0, noise: 0 };
  for (let group = 0; group < groups; group++) {
    const draw = random.fork('drags').fork(group);
    const motions = await makeMotions(group, {
      generator,
      random: random.fork('motions'),
      steps,
      editedLayers,
      matchResolutions: matchedResolutions(mapResolution),
      direction: 'toward',
      spacing: 'linear',
      reach: [0.1, 1],
      stillShare: 0,
      truncationPsi,
    });
    const drags = motions.flatMap((motion) => {
      const threshold = dragThreshold(config.imageResolution, motion.reach);
      const points = choosePoints(draw, motion.matches, 1 + draw.integer(5), threshold);
      return points ? [{ motion, points }] : [];
    });
    if (drags.length === 0) continue;
    const { errors, initial, moved } = predictionErrors(generator, { regularizer, predictor }, drags);
    const clean = drawCodes(draw, generator, 64, { truncationPsi });
    const statistics = regularizer.parameters.statistics;
    const perturbed = perturbCodes(draw, clean, { statistics, editedLayers });
    const [forced, free, still] = (await errors.data()) as Float32Array;
    const { motion, noise } = await regularizerFigures((w) => regularizer.restore(w), {
      initial,
      moved,
      clean,
      perturbed,
    });
    tf.dispose([errors, initial, moved, clean, perturbed]);
    totals.teacherForced += forced! * drags.length;
    totals.freeRunning += free! * drags.length;
    totals.standingStill += still! * drags.length;
    totals.motions += drags.length;
    figures.motion += motion;
    figures.noise += noise;
  }
  return {
    regularizerMotion: figures.motion / groups,
    regularizerNoise: figures.noise / groups,
    teacherForced: totals.teacherForced / totals.motions,
    freeRunning: totals.freeRunning / totals.motions,
    standingStill: totals.standingStill / totals.motions,
    motions: totals.motions,
  };
}

/**
 * Of drags, the predictor's errors from true codes, from its own, and of standing still, `[3]`; and the codes of their
 * motions, `[drags * steps, numWs, wDim]` each: `moved`, and where each of them began.
 */
function predictionErrors(
  generator: Generator,
  { regularizer, predictor }: { regularizer: LatentRegularizer; predictor: LatentPredictor },
  drags: readonly { readonly motion: Motion; readonly points: readonly PointPair[] }[],
): { errors: tf.Tensor1D; initial: tf.Tensor3D; moved: tf.Tensor3D } {
  const { config, parameters } = predictor;
  const { steps, editedLayers, wDim, numWs, featureResolution } = config;
  const [mapResolution] = heightAndWidth(featureResolution);
  const N = drags.length;
  const { handles, targets, pointMask } = packPoints(drags.map(({ points }) => points));
  const result = tf.tidy(() => {
    const w0 = tf.tensor3d(concatArrays(drags.map(({ motion }) => motion.start)), [N, numWs, wDim]);
    const codes = tf.tensor4d(concatArrays(drags.map(({ motion }) => motion.codes)), [
      N,
      steps + 1,
      editedLayers,
      wDim,
    ]);
    const before = tf.slice(codes, [0, 0], [N, steps]);
    const after = tf.slice(codes, [0, 1], [N, steps]);
    const features = generator.features(w0, mapResolution).features[mapResolution]!;
    const memory = encodeMemory(parameters, config, { features, handles, targets, pointMask });
    const regularization = { w: w0, regularize: (w: tf.Tensor3D) => regularizer.restore(w) };
    const start = tf.reshape(tf.slice(codes, [0, 0], [N, 1]), [N, editedLayers, wDim]) as tf.Tensor3D;
    const forced = predictTeacherForced(parameters, config, memory, before, { regularization });
    const free = predictFreeRunning(parameters, config, memory, start, { regularization });
    const still = tf.tile(tf.expandDims(start, 1), [1, steps, 1, 1]);
    const error = (predicted: tf.Tensor) =>
      tf.mean(tf.abs(tf.div(tf.sub(predicted, after), parameters.statistics.codes.std)));
    const moved = tf.reshape(joinCodes(after, w0), [N * steps, numWs, wDim]);
    const initial = tf.reshape(tf.tile(tf.expandDims(w0, 1), [1, steps, 1, 1]), [N * steps, numWs, wDim]);
    return { errors: tf.stack([error(forced), error(free), error(still)]), initial, moved } as never;
  }) as { errors: tf.Tensor1D; initial: tf.Tensor3D; moved: tf.Tensor3D };
  tf.dispose([handles, targets, pointMask]);
  return result;
}
