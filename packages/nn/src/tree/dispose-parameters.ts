import type { ParameterTree } from './parameter-tree.js';
import { visitParameters } from './visit-parameters.js';

/** Disposes every tensor of a tree. Disposing twice does nothing. */
export function disposeParameters(tree: ParameterTree): void {
  visitParameters(tree, (_, tensor) => {
    tensor.dispose();
  });
}
