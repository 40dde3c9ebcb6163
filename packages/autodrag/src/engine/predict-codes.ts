import { type LatentPredictor, packPoints } from '@autodrag/latent-predictor';
import type { LatentRegularizer } from '@autodrag/latent-regularizer';
import * as tf from '@tensorflow/tfjs-core';
import { ModelError } from '../errors.js';
import type { DragPoint } from '../picture/points.js';
import type { HostRollout } from './create-host-rollout.js';
import { largestSize } from './largest-size.js';

type Models = {
  readonly predictor: LatentPredictor;
  readonly regularizer: LatentRegularizer | null;
  /** The rollout in ordinary memory, where that is faster: see `createHostRollout`. */
  readonly onHost: () => Promise<HostRollout | null>;
};

type Call = {
  /** `[numWs * wDim]` */
  readonly w: Float32Array;
  /** `[1, h, w, C]`: what the predictor sees of the picture */
  readonly features: tf.Tensor4D;
  readonly points: readonly DragPoint[];
};

/**
 * One call of the predictor: its codes, `[numWs * wDim]` each, one after the other.
 *
 * @throws ModelError if a code is not finite
 */
export async function* predictCodes(models: Models, { w, features, points }: Call): AsyncGenerator<Float32Array> {
  const { predictor, onHost } = models;
  const { numWs, wDim, maxPoints } = predictor.config;
  const { handles, targets, pointMask } = packPoints([points], { maxPoints });
  const ws = tf.tensor3d(w, [1, numWs, wDim]);
  try {
    const rollout = await onHost();
    if (!rollout) {
      yield* rolloutOfTensors(models, { w: ws, features, handles, targets, pointMask });
      return;
    }
    const encoded = predictor.encode({ features, handles, targets, pointMask });
    try {
      const [tokens, mask] = await Promise.all([encoded.tokens.data(), encoded.mask.data()]);
      const input = { w, tokens: tokens as Float32Array, mask: mask as Float32Array };
      for (const code of rollout(input)) yield finiteCode(code);
    } finally {
      tf.dispose([encoded.tokens, encoded.mask]);
    }
  } finally {
    tf.dispose([handles, targets, pointMask, ws]);
  }
}

async function* rolloutOfTensors(
  { predictor, regularizer }: Models,
  input: Parameters<LatentPredictor['rollout']>[0],
): AsyncGenerator<Float32Array> {
  const regularize = regularizer ? (codes: tf.Tensor3D) => regularizer.restore(codes) : undefined;
  for await (const code of predictor.rollout(input, { regularize })) {
    let values: Float32Array;
    try {
      values = (await code.data()) as Float32Array;
    } finally {
      code.dispose();
    }
    yield finiteCode(values);
  }
}

function finiteCode(code: Float32Array): Float32Array {
  if (Number.isFinite(largestSize(code))) return code;
  throw new ModelError(
    'drag: the predictor gave a code that is not finite. Its weights are damaged, or belong to another generator.',
  );
}
