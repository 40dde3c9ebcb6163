import type * as tf from '@tensorflow/tfjs-core';
import type { ParameterTree } from '../tree/parameter-tree.js';

export type UpdateOptions = {
  /** One rate, or a rate by dotted parameter name. */
  learningRate: number | ((name: string) => number);
};

/** What an update returns. All tensors are new and the caller's. */
export type Update<P extends ParameterTree, State extends ParameterTree> = {
  parameters: P;
  state: State;
  /** Norm of all gradients together, before clipping. NaN or infinite if any gradient is. */
  gradNorm: tf.Scalar;
};

/**
 * An optimiser as two pure functions. What it remembers is a parameter tree like any other: it is saved, loaded and
 * disposed as one.
 */
export type Optimizer<State extends ParameterTree = ParameterTree> = {
  /** A state with no update made yet. The caller's, to dispose with `disposeParameters`. */
  init(parameters: ParameterTree): State;
  /** One step. Reads everything, disposes nothing: the old parameters and state stay the caller's. */
  update<P extends ParameterTree>(parameters: P, gradients: P, state: State, options: UpdateOptions): Update<P, State>;
};
