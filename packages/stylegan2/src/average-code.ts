import { createRandom, createTurns, type Random } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { StyleGan2Config } from './config.js';
import { mapping } from './mapping.js';
import type { StyleGan2Parameters } from './parameters.js';

export type AverageCodeOptions = {
  /** How many z. @default 1024 */
  samples?: number;
  /** Draws them. @default seed 0: the same on every run, up to rounding */
  random?: Random;
  /** Ends between two batches with its reason. */
  signal?: AbortSignal;
};

const batchSize = 128;

/**
 * The middle of W, towards which truncation pulls: the mean of w over random z, and labels, of which each is as likely.
 * Others get their turn between batches: on the cpu backend this takes seconds.
 *
 * @returns `[wDim]`
 */
export async function averageCode(
  parameters: Pick<StyleGan2Parameters, 'mapping'>,
  config: StyleGan2Config,
  { samples = 1024, random = createRandom(0), signal }: AverageCodeOptions = {},
): Promise<tf.Tensor1D> {
  const turns = createTurns({ signal });
  let sum: tf.Tensor1D = tf.zeros([config.wDim]);
  try {
    for (let done = 0; done < samples; done += batchSize) {
      const before = sum;
      sum = tf.tidy(() => tf.add(before, sumOfCodes(parameters, config, random, Math.min(batchSize, samples - done))));
      before.dispose();
      if (turns.due()) await turns.take();
    }
    return tf.div(sum, samples) as tf.Tensor1D;
  } finally {
    sum.dispose();
  }
}

function sumOfCodes(
  parameters: Pick<StyleGan2Parameters, 'mapping'>,
  config: StyleGan2Config,
  random: Random,
  count: number,
): tf.Tensor1D {
  const z = random.normalTensor([count, config.zDim]) as tf.Tensor2D;
  const labels = Array.from({ length: count }, () => (config.cDim > 0 ? random.integer(config.cDim) : 0));
  const c = config.cDim > 0 ? { c: tf.oneHot(tf.tensor1d(labels, 'int32'), config.cDim) as tf.Tensor2D } : {};
  const ws = mapping(parameters, config, z, c);
  return tf.sum(tf.slice(ws, [0, 0, 0], [-1, 1, -1]), [0, 1]) as tf.Tensor1D;
}
