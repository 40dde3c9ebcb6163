import type { LoadedSafetensors } from '../weights/load-safetensors.js';
import type { ParameterTree } from './parameter-tree.js';
import { visitParameters } from './visit-parameters.js';

/** The number of scalars in all tensors of a tree, or of a file that `loadSafetensors` read. */
export function countParameters(tree: ParameterTree | LoadedSafetensors['tensors']): number {
  if (isLoaded(tree)) return Object.values(tree).reduce((sum, { data }) => sum + data.length, 0);
  let count = 0;
  visitParameters(tree, (_, tensor) => {
    count += tensor.size;
  });
  return count;
}

function isLoaded(tree: ParameterTree | LoadedSafetensors['tensors']): tree is LoadedSafetensors['tensors'] {
  return Object.values(tree).every((node) => ArrayBuffer.isView((node as { data?: unknown } | undefined)?.data));
}
