import type * as tf from '@tensorflow/tfjs';

/** What a case may give: tensors and numbers are compared within a tolerance, words and yes or no must be the same. */
export type Value = tf.Tensor | ArrayLike<number> | number | string | boolean;
export type Values = { [name: string]: Value };

/** One behaviour that every backend must have. */
export type Case = {
  /** Makes what it needs and frees it; the tensors that it returns are the caller's. */
  readonly run: () => Values | Promise<Values>;
  /**
   * How far a number may be from cpu's, relative to the largest of its array or to 1 if that is more, as a multiple of
   * what the backend is allowed.
   *
   * @default 1
   */
  readonly factor?: number;
};

export type Cases = { readonly [name: string]: Case };
