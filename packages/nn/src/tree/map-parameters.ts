import type * as tf from '@tensorflow/tfjs-core';
import { isTensor, type ParameterNode, type ParameterTree } from './parameter-tree.js';
import { visitParameters } from './visit-parameters.js';

/**
 * A tree of the same form with `transform(tensor, name)` in place of every tensor, called in the order of
 * `flattenParameters`.
 *
 * @throws InvalidArgumentError if the tree is malformed, as `flattenParameters` does
 */
export function mapParameters<P extends ParameterTree>(
  tree: P,
  transform: (tensor: tf.Tensor, name: string) => tf.Tensor,
): P {
  const results = new Map<string, tf.Tensor>();
  visitParameters(tree, (name, tensor) => {
    results.set(name, transform(tensor, name));
  });
  return rebuild(tree, '', results) as P;
}

function rebuild(node: ParameterNode, path: string, results: ReadonlyMap<string, tf.Tensor>): ParameterNode {
  if (node === undefined) return undefined;
  if (isTensor(node)) return results.get(path);
  const prefix = path === '' ? '' : `${path}.`;
  if (Array.isArray(node)) {
    return node.map((child: ParameterTree, index) => rebuild(child, prefix + index, results) as ParameterTree);
  }
  return Object.fromEntries(
    Object.entries(node as ParameterTree).map(([key, child]) => [key, rebuild(child, prefix + key, results)]),
  );
}
