import { type HostSettling, type LatentPredictor, packPoints } from '@autodrag/latent-predictor';
import type { LatentRegularizer } from '@autodrag/latent-regularizer';
import * as tf from '@tensorflow/tfjs-core';
import { ModelError } from '../errors.js';
import type { HostCall, HostRollout } from './create-host-rollout.js';
import { largestSize } from './largest-size.js';

type Models = {
  readonly predictor: LatentPredictor;
  readonly regularizer: LatentRegularizer | null;
  /** The rollout in ordinary memory, where that is faster: see `createHostRollout`. */
  readonly onHost: () => Promise<HostRollout | null>;
  /** What brings the last code the rest of the way, if there is anything. */
  readonly settler: () => Promise<HostSettling | null>;
};

/**
 * One call of the predictor: its codes, `[numWs * wDim]` each, one after the other. Where the last one is settled,
 * those before it take their shares of the correction, so that they remain one motion.
 *
 * @throws ModelError if a code is not finite
 */
export async function* predictCodes(models: Models, call: HostCall): AsyncGenerator<Float32Array> {
  const settling = await models.settler();
  if (!settling) {
    yield* rollout(models, call);
    return;
  }
  const codes: Float32Array[] = [];
  for await (const code of rollout(models, call)) codes.push(code);
  const last = codes.at(-1);
  if (!last) return;
  const settled = finiteCode(settling.settle({ w: call.w, code: last, points: call.points }));
  for (const [i, code] of codes.entries()) {
    const share = (i + 1) / codes.length;
    yield share === 1 ? settled : code.map((value, k) => value + share * (settled[k]! - last[k]!));
  }
}

async function* rollout(models: Models, call: HostCall): AsyncGenerator<Float32Array> {
  const onHost = await models.onHost();
  if (onHost) for (const code of await onHost(call)) yield finiteCode(code);
  else yield* rolloutOfTensors(models, call);
}

async function* rolloutOfTensors(
  { predictor, regularizer }: Models,
  { w, features, points }: HostCall,
): AsyncGenerator<Float32Array> {
  const { numWs, wDim, maxPoints } = predictor.config;
  const packed = packPoints([points], { maxPoints });
  const ws = tf.tensor3d(w, [1, numWs, wDim]);
  const regularize = regularizer ? (codes: tf.Tensor3D) => regularizer.restore(codes) : undefined;
  try {
    for await (const code of predictor.rollout({ w: ws, features, ...packed }, { regularize })) {
      let values: Float32Array;
      try {
        values = (await code.data()) as Float32Array;
      } finally {
        code.dispose();
      }
      yield finiteCode(values);
    }
  } finally {
    tf.dispose([packed.handles, packed.targets, packed.pointMask, ws]);
  }
}

function finiteCode(code: Float32Array): Float32Array {
  if (Number.isFinite(largestSize(code))) return code;
  throw new ModelError(
    'drag: the predictor gave a code that is not finite. Its weights are damaged, or belong to another generator.',
  );
}
