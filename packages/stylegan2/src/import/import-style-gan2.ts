import * as tf from '@tensorflow/tfjs-core';
import type { StyleGan2Config } from '../config.js';
import type { StyleGan2Parameters } from '../parameters.js';
import type { CheckpointInput } from './byte-source.js';
import { type OpenCheckpointOptions, openCheckpoint } from './open-checkpoint.js';
import type { CheckpointKind } from './raw-generator.js';

export type ImportedStyleGan2 = {
  kind: CheckpointKind;
  config: StyleGan2Config;
  /** The caller's; dispose with `disposeParameters`, or give them to `createGenerator`. */
  parameters: StyleGan2Parameters;
  /** What was filled in or left out, in sentences. */
  warnings: readonly string[];
};

/**
 * Reads the generator of a StyleGAN2 checkpoint.
 */
export async function importStyleGan2(
  input: CheckpointInput,
  options: OpenCheckpointOptions = {},
): Promise<ImportedStyleGan2> {
  const { kind, config, tensors, warnings } = await openCheckpoint(input, options);
  const tree: TreeNode = {};
  for (const { name, shape, read } of tensors) {
    place(tree, name.split('.'), tf.tensor(await read(), [...shape], 'float32'));
  }
  return { kind, config, parameters: tree as unknown as StyleGan2Parameters, warnings };
}

type TreeNode = { [key: string]: tf.Tensor | TreeNode } | (tf.Tensor | TreeNode)[];

/** Puts a tensor under a dotted name; numbers in the name index arrays. */
function place(tree: TreeNode, [key, next, ...rest]: string[], tensor: tf.Tensor): void {
  const node = tree as Record<string, tf.Tensor | TreeNode>;
  if (key === undefined) return;
  if (next === undefined) {
    node[key] = tensor;
    return;
  }
  node[key] ??= /^\d+$/.test(next) ? [] : {};
  place(node[key] as TreeNode, [next, ...rest], tensor);
}
