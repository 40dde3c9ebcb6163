import * as tf from '@tensorflow/tfjs-core';

/**
 * The parameters of a model: plain objects (and arrays of objects) with tensors at the leaves. Models declare theirs
 * with `type` aliases, which are assignable to this one; `undefined` stands for a parameter that a model was built
 * without.
 */
export type ParameterTree = {
  readonly [name: string]: tf.Tensor | ParameterTree | readonly ParameterTree[] | undefined;
};

/** Any node of a tree. */
export type ParameterNode = ParameterTree[string];

/** True for a leaf. */
export function isTensor(node: unknown): node is tf.Tensor {
  return node instanceof tf.Tensor;
}
