import {
  createSettlingOnHost,
  encodeMemory,
  heightAndWidth,
  type LatentPredictorConfig,
  predictFreeRunning,
  type SettleInput,
  type SettlingParameters,
} from '@autodrag/latent-predictor';
import { type LatentRegularizerConfig, latentRegularizer } from '@autodrag/latent-regularizer';
import { matchFeatures } from '@autodrag/matching';
import { concatArrays, type Random } from '@autodrag/nn';
import { createHost } from '@autodrag/nn/host';
import type { Generator } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import type { JointParameters } from './joint-parameters.js';
import { drawMatches, type MotionFieldBatch } from './motion-field-batch.js';
import { matchedResolutions, strictMatching } from './motion-pool.js';
import type { PredictorBatch } from './predictor-batch.js';

/** Motions that are looked at together, and matches of each. */
const mostMotions = 6;
const pointsEach = 16;

/**
 * Where the predictor goes now, and what the picture really does there: its rollouts of some of the batch's drags,
 * drawn by the generator and matched. The motion field learns from them too, or the predictor would in time go where
 * the field is wrong. Half of them are settled by it first, as those of a drag are.
 *
 * @param random advanced by the call
 * @returns null if nothing matches
 */
export async function predictedMotions(
  random: Random,
  { predictor, regularizer, field }: JointParameters,
  batch: PredictorBatch,
  {
    generator,
    config,
    regularizerConfig,
    spread,
  }: {
    generator: Generator;
    config: LatentPredictorConfig;
    regularizerConfig: LatentRegularizerConfig;
    /** See `codeSpread`; null where drags are not to be settled. */
    spread: tf.Tensor2D | null;
  },
): Promise<MotionFieldBatch | null> {
  const { numWs, editedLayers, wDim, imageResolution } = config;
  const [mapResolution] = heightAndWidth(config.featureResolution);
  const [height, width] = heightAndWidth(imageResolution);
  const drags = await predictedDrags({ predictor, regularizer }, batch, { config, regularizerConfig });
  if (spread) await settleSome(random, drags, { field, spread }, config);
  const count = drags.length;
  const codes = (pick: (drag: PredictedDrag) => Float32Array, layers: number) =>
    tf.tensor3d(concatArrays(drags.map(pick)), [count, layers, wDim]);
  const [before, after] = tf.tidy(() => {
    const maps = (x: tf.Tensor3D) =>
      generator.features(x, matchedResolutions(mapResolution), { noise: 'none' }).features;
    return [maps(codes(({ w }) => w, numWs)), maps(codes(({ code }) => code, numWs))] as never;
  }) as unknown as [Record<number, tf.Tensor4D>, Record<number, tf.Tensor4D>];
  try {
    const matches = await matchFeatures(before, after, {
      imageSize: { width, height },
      ...strictMatching(Math.max(height, width)),
    });
    const found = drags.flatMap((drag, i) => (matches[i]!.count > 0 ? [{ ...drag, matches: matches[i]! }] : []));
    if (found.length === 0) return null;
    const edited = (pick: (drag: PredictedDrag) => Float32Array) =>
      tf.tensor3d(concatArrays(found.map((drag) => pick(drag).subarray(0, editedLayers * wDim))), [
        found.length,
        editedLayers,
        wDim,
      ]);
    return {
      start: edited(({ w }) => w),
      codes: edited(({ code }) => code),
      ...drawMatches(
        random,
        found.map(({ matches }) => matches),
        pointsEach,
      ),
    };
  } finally {
    tf.dispose([...Object.values(before), ...Object.values(after)]);
  }
}

/** A drag of the batch, on the host, and the code that the predictor gives for it, `[numWs * wDim]` as w. */
type PredictedDrag = SettleInput;

/** The last drag of some motions, which is one that no motion made more often than not. */
async function predictedDrags(
  { predictor, regularizer }: Pick<JointParameters, 'predictor' | 'regularizer'>,
  batch: PredictorBatch,
  { config, regularizerConfig }: { config: LatentPredictorConfig; regularizerConfig: LatentRegularizerConfig },
): Promise<PredictedDrag[]> {
  const { numWs, editedLayers, wDim, steps } = config;
  const count = Math.min(mostMotions, batch.features.shape[0]);
  const drags = batch.w.shape[0] / batch.features.shape[0];
  const tensors = tf.tidy(() => {
    const rows = tf.tensor1d(
      Array.from({ length: count }, (_, i) => (i + 1) * drags - 1),
      'int32',
    );
    const pick = <T extends tf.Tensor>(x: T) => tf.gather(x, rows) as T;
    const w = pick(batch.w);
    const features = tf.slice(batch.features, [0, 0, 0, 0], [count, -1, -1, -1]);
    const { handles, targets, pointMask } = batch.points;
    const points = { handles: pick(handles), targets: pick(targets), pointMask: pick(pointMask) };
    const memory = encodeMemory(predictor, config, { features, ...points });
    const predicted = predictFreeRunning(predictor, config, memory, pick(batch.first), {
      regularization: { w, regularize: (code) => latentRegularizer(regularizer, regularizerConfig, code) },
    });
    const last = tf.reshape(tf.slice(predicted, [0, steps - 1], [count, 1]), [count, editedLayers, wDim]);
    return [w, last, points.handles, points.targets, points.pointMask];
  });
  try {
    const [w, last, handles, targets, mask] = await Promise.all(tensors.map((x) => x.data() as Promise<Float32Array>));
    const most = mask!.length / count;
    return Array.from({ length: count }, (_, b) => {
      const start = w!.slice(b * numWs * wDim, (b + 1) * numWs * wDim);
      const code = start.slice();
      code.set(last!.subarray(b * editedLayers * wDim, (b + 1) * editedLayers * wDim));
      const points = Array.from({ length: most }, (_, p) => b * most + p)
        .filter((i) => mask![i] === 1)
        .map((i) => ({
          handle: { x: handles![2 * i]!, y: handles![2 * i + 1]! },
          target: { x: targets![2 * i]!, y: targets![2 * i + 1]! },
        }));
      return { w: start, code, points };
    });
  } finally {
    tf.dispose(tensors);
  }
}

/** Settles half of the drags in place, as a drag is after the training. @param random advanced by the call */
async function settleSome(
  random: Random,
  drags: PredictedDrag[],
  settling: SettlingParameters,
  config: LatentPredictorConfig,
): Promise<void> {
  const settler = await createSettlingOnHost(createHost(), { parameters: { settling }, config });
  for (const drag of drags) if (random.uniform() < 0.5) drag.code.set(settler!.settle(drag));
}
