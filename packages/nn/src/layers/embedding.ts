import type * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../random/random.js';

/** `table [n, width]`: add it to `[..., n, width]`. */
export type EmbeddingParameters = { readonly table: tf.Tensor2D };

export type CreateEmbeddingOptions = {
  /** Standard deviation of the initial entries. @default 0.02 */
  std?: number;
};

/** A learned vector for each of n places: `tf.add(x, embedding.table)`. */
export function createEmbedding(
  random: Random,
  n: number,
  width: number,
  { std = 0.02 }: CreateEmbeddingOptions = {},
): EmbeddingParameters {
  return { table: random.normalTensor([n, width], std) as tf.Tensor2D };
}
