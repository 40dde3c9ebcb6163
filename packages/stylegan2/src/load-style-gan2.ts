import * as tf from '@tensorflow/tfjs-core';
import type { StyleGan2Config } from './config.js';
import { placeTensor, type TensorTree } from './import/place-tensor.js';
import { readOwnFile } from './import/read-own-file.js';
import type { StyleGan2Parameters } from './parameters.js';

export type LoadStyleGan2Options = {
  /** Stops the reading; what is thrown then is the signal's reason. */
  signal?: AbortSignal;
};

export type LoadedStyleGan2 = {
  readonly config: StyleGan2Config;
  /** The caller's: give them to `createGenerator`, or free them with `disposeParameters`. */
  readonly parameters: StyleGan2Parameters;
};

/**
 * Reads a file of {@link saveStyleGan2}. Every name and shape is checked against the configuration before anything is
 * made of it. For other people's checkpoints, see `importStyleGan2` in `@autodrag/stylegan2/import`.
 *
 * @param bytes the whole file
 * @throws CheckpointError if the file is damaged, is of another kind or version, or does not hold what its
 * configuration asks for
 */
export async function loadStyleGan2(
  bytes: Uint8Array,
  { signal }: LoadStyleGan2Options = {},
): Promise<LoadedStyleGan2> {
  const { config, tensors } = await readOwnFile(bytes, 'loadStyleGan2', signal);
  const tree: TensorTree = {};
  for (const { name, shape, data } of tensors) placeTensor(tree, name, tf.tensor(data, [...shape], 'float32'));
  return { config, parameters: tree as unknown as StyleGan2Parameters };
}
