import {
  createEncoderOnHost,
  createRolloutOnHost,
  encodeWork,
  type HostScene,
  type LatentPredictor,
  type PointPair,
  rolloutWork,
} from '@autodrag/latent-predictor';
import { createRestoreOnHost, type LatentRegularizer } from '@autodrag/latent-regularizer';
import { createHost } from '@autodrag/nn/host';
import type * as tf from '@tensorflow/tfjs-core';

export type HostCall = {
  /** `[numWs * wDim]` */
  readonly w: Float32Array;
  /** `[1, h, w, C]`: what is made of it alone is kept for as long as the tensor lives */
  readonly features: tf.Tensor4D;
  readonly points: readonly PointPair[];
};

/** The codes of a drag one after the other, `[numWs * wDim]` each. */
export type HostRollout = (call: HostCall) => Promise<Iterable<Float32Array>>;

/**
 * Multiplications up to which a rollout is faster in ordinary memory: some hundred milliseconds at most. A drag of the
 * default model has 110 million, one of the paper's size 6 billion, which belong on a GPU or on all cores.
 */
const mostWork = 3e8;

/**
 * The predictor with its regularizer in ordinary memory, for small models.
 *
 * @returns null where the model is large, or WebAssembly cannot be compiled: the backend is to do it then
 */
export async function createHostRollout(
  predictor: LatentPredictor,
  regularizer: LatentRegularizer | null,
): Promise<HostRollout | null> {
  const host = rolloutWork(predictor) + encodeWork(predictor.config) <= mostWork ? createHost() : null;
  if (host === null) return null;
  const [encoder, run, restorer] = await Promise.all([
    createEncoderOnHost(host, predictor),
    createRolloutOnHost(host, predictor),
    regularizer && createRestoreOnHost(host, regularizer),
  ]);
  const scenes = new WeakMap<tf.Tensor4D, HostScene>();
  const sceneOf = async (features: tf.Tensor4D): Promise<HostScene> => {
    const known = scenes.get(features);
    if (known) return known;
    const scene = encoder.scene((await features.data()) as Float32Array);
    scenes.set(features, scene);
    return scene;
  };
  return async ({ w, features, points }) => {
    const tokens = encoder.encode(await sceneOf(features), points);
    return run({ w, tokens, ...(restorer && { restore: restorer(w) }) });
  };
}
