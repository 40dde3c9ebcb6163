import type * as tf from '@tensorflow/tfjs-core';

/** A parameter tree while it is put together. */
export type TensorTree = { [key: string]: tf.Tensor | TensorTree } | (tf.Tensor | TensorTree)[];

/** Puts a tensor under a dotted name; numbers in the name index arrays. */
export function placeTensor(tree: TensorTree, name: string, tensor: tf.Tensor): void {
  const path = name.split('.');
  const last = path.pop() as string;
  let node = tree as Record<string, tf.Tensor | TensorTree>;
  path.forEach((key, i) => {
    node[key] ??= /^\d+$/.test(path[i + 1] ?? last) ? [] : {};
    node = node[key] as Record<string, tf.Tensor | TensorTree>;
  });
  node[last] = tensor;
}
