import type { ParameterTree } from './parameter-tree.js';
import { visitParameters } from './visit-parameters.js';

/** The number of scalars in all tensors of a tree. */
export function countParameters(tree: ParameterTree): number {
  let count = 0;
  visitParameters(tree, (_, tensor) => {
    count += tensor.size;
  });
  return count;
}
