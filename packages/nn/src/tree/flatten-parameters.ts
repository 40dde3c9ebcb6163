import type * as tf from '@tensorflow/tfjs-core';
import type { ParameterTree } from './parameter-tree.js';
import { visitParameters } from './visit-parameters.js';

/**
 * The leaves of a tree by dotted name, such as `'blocks.0.attention.query.weight'`. The order depends on the names
 * alone (keys sorted by code unit, array entries in their order), never on how the tree was built. The tensors are the
 * tree's own.
 *
 * @throws InvalidArgumentError if a key is empty or contains a dot, or a leaf is no tensor
 */
export function flattenParameters(tree: ParameterTree): Record<string, tf.Tensor> {
  const entries: [string, tf.Tensor][] = [];
  visitParameters(tree, (name, tensor) => {
    entries.push([name, tensor]);
  });
  return Object.fromEntries(entries);
}
