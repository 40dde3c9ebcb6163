import {
  type AdamState,
  AutodragError,
  flattenParameters,
  loadSafetensors,
  type ParameterTree,
  saveSafetensors,
  unflattenParameters,
} from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { CheckpointStore } from './checkpoint-store.js';
import type { MetricsRow } from './training-types.js';

/** Thrown when a checkpoint exists but does not belong to the training that is to be resumed. */
export class CheckpointMismatchError extends AutodragError {
  override readonly name = 'CheckpointMismatchError';

  constructor(message: string) {
    super('CHECKPOINT_MISMATCH', message);
  }
}

/** All that a training needs to go on as if it had never stopped. The tensors belong to whoever holds the object. */
export interface Checkpoint<P extends ParameterTree> {
  /** Optimiser steps done. Everything random derives from `(seed, step)`, so this is the random state too. */
  step: number;
  parameters: P;
  optimizer: AdamState;
  history: MetricsRow[];
  /** Sums of the row in progress, by metric: total and count. With them a stop in the middle of a row leaves no trace. */
  partial: Record<string, [total: number, count: number]>;
}

const file = 'checkpoint.safetensors';

/** Writes `checkpoint` whole, in float32: parameters, Adam's two moments, the step, and the learning curve so far. */
export async function saveCheckpoint<P extends ParameterTree>(
  store: CheckpointStore,
  kind: string,
  fingerprint: string,
  checkpoint: Checkpoint<P>,
): Promise<void> {
  const tensors: Record<string, tf.Tensor> = {
    'optimizer.m': checkpoint.optimizer.m,
    'optimizer.v': checkpoint.optimizer.v,
  };
  for (const [name, tensor] of Object.entries(flattenParameters(checkpoint.parameters))) {
    tensors[`parameters.${name}`] = tensor;
  }
  const bytes = await saveSafetensors(tensors, {
    dtype: 'float32',
    metadata: {
      kind,
      fingerprint,
      step: String(checkpoint.step),
      optimizerStep: String(checkpoint.optimizer.step),
      history: JSON.stringify(checkpoint.history),
      partial: JSON.stringify(checkpoint.partial),
    },
  });
  await store.write(file, bytes);
}

/**
 * The checkpoint in `store`, or null when there is none.
 *
 * @param template parameters of the same shapes; only read
 * @param fingerprint what the training was configured with; resuming under another configuration would not be the same
 *   training, so it is refused
 * @throws CheckpointMismatchError if the checkpoint is of another kind of training or of another configuration
 * @throws WeightFileError if the file is damaged
 */
export async function loadCheckpoint<P extends ParameterTree>(
  store: CheckpointStore,
  kind: string,
  fingerprint: string,
  template: P,
): Promise<Checkpoint<P> | null> {
  const bytes = await store.read(file);
  if (!bytes) return null;
  const { tensors, metadata } = await loadSafetensors(bytes);
  if (metadata.kind !== kind) {
    throw new CheckpointMismatchError(
      `resume: ${file} is of a '${metadata.kind}' training, this is '${kind}'. Choose another output folder.`,
    );
  }
  if (metadata.fingerprint !== fingerprint) {
    throw new CheckpointMismatchError(
      `resume: ${file} was written under another configuration (${metadata.fingerprint}) than this one (${fingerprint}). ` +
        'Give the options of the first run, or choose another output folder to start anew.',
    );
  }
  const make = (name: string): tf.Tensor => {
    const entry = tensors[name];
    if (!entry) {
      throw new CheckpointMismatchError(`resume: ${file} has no tensor '${name}'. Delete it to start anew.`);
    }
    return tf.tensor(entry.data as Float32Array, entry.shape, 'float32');
  };
  const names = Object.keys(flattenParameters(template));
  const flat = Object.fromEntries(names.map((name) => [name, make(`parameters.${name}`)]));
  return {
    step: Number(metadata.step),
    parameters: unflattenParameters(template, flat),
    optimizer: {
      step: Number(metadata.optimizerStep),
      m: make('optimizer.m') as tf.Tensor1D,
      v: make('optimizer.v') as tf.Tensor1D,
    },
    history: JSON.parse(metadata.history ?? '[]') as MetricsRow[],
    partial: JSON.parse(metadata.partial ?? '{}') as Checkpoint<P>['partial'],
  };
}
