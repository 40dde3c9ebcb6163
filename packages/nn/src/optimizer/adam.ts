import * as tf from '@tensorflow/tfjs-core';
import { InvalidArgumentError, ShapeError } from '../errors/errors.js';
import { hasHostMemory } from '../kernels/run-host-kernel.js';
import { countParameters } from '../tree/count-parameters.js';
import { flattenParameters } from '../tree/flatten-parameters.js';
import { mapParameters } from '../tree/map-parameters.js';
import type { ParameterTree } from '../tree/parameter-tree.js';
import { type AdamStep, stepOnHost, stepOnVectors } from './adam-step.js';
import { guarded } from './guarded.js';
import { rateOf } from './rate-of.js';

/**
 * What Adam remembers: the number of updates made, and the first and second moments of all parameters in one vector
 * each, in the order of `flattenParameters`.
 */
export type AdamState = { readonly step: number; readonly m: tf.Tensor1D; readonly v: tf.Tensor1D };

export type AdamOptions = {
  /** Decay of the first moment. 0 switches momentum off. @default 0.9 */
  beta1?: number;
  /** Decay of the second moment. @default 0.999 */
  beta2?: number;
  /** @default 1e-8 */
  epsilon?: number;
  /** Gradients are scaled down so that their norm over all parameters is at most this. @default no limit */
  clipNorm?: number;
};

export type AdamUpdateOptions = {
  /** One rate, or a rate by dotted parameter name. */
  learningRate: number | ((name: string) => number);
};

/** What an update returns. All tensors are new and the caller's. */
export type AdamUpdate<P extends ParameterTree> = {
  params: P;
  state: AdamState;
  /** Norm of all gradients together, before clipping. NaN or infinite if any gradient is. */
  gradNorm: tf.Scalar;
};

export type AdamGuardedUpdate<P extends ParameterTree> = {
  params: P;
  state: AdamState;
  gradNorm: number;
  /** True if the gradients were not finite, so that `params` and `state` are copies of the old ones. */
  skipped: boolean;
};

export type Adam = {
  /** A state with no update made yet. The caller's, to dispose with `disposeAdamState`. */
  init(params: ParameterTree): AdamState;
  /** One step. Reads everything, disposes nothing: the old parameters and state stay the caller's. */
  update<P extends ParameterTree>(params: P, grads: P, state: AdamState, options: AdamUpdateOptions): AdamUpdate<P>;
  /**
   * One step, or none if a gradient is NaN or infinite: then the results are copies of what was given, the step is not
   * counted, and `skipped` says so. Waits for the gradient norm to arrive on the host.
   */
  updateIfFinite<P extends ParameterTree>(
    params: P,
    grads: P,
    state: AdamState,
    options: AdamUpdateOptions,
  ): Promise<AdamGuardedUpdate<P>>;
};

/**
 * Adam (Kingma and Ba 2015) as a pure function. All parameters are updated at once, however many there are: in one loop
 * where the backend's memory can be reached (cpu, wasm), elsewhere by about a dozen kernels over one long vector.
 *
 * `m ← β1 m + (1 − β1) g`, `v ← β2 v + (1 − β2) g²`, `p ← p − rate · (m / (1 − β1^t)) / (sqrt(v / (1 − β2^t)) + ε)`.
 *
 * @throws InvalidArgumentError if an option is out of range
 */
export function createAdam({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, clipNorm }: AdamOptions = {}): Adam {
  for (const [name, beta] of [
    ['beta1', beta1],
    ['beta2', beta2],
  ] as const) {
    if (!(beta >= 0 && beta < 1))
      throw new InvalidArgumentError(`createAdam: ${name}: expected 0 <= ${name} < 1, got ${beta}`);
  }
  if (!(epsilon > 0)) throw new InvalidArgumentError(`createAdam: epsilon: expected a positive number, got ${epsilon}`);
  if (clipNorm !== undefined && !(clipNorm > 0)) {
    throw new InvalidArgumentError(
      `createAdam: clipNorm: expected a positive number, got ${clipNorm}. Leave it out to switch clipping off.`,
    );
  }

  const update = <P extends ParameterTree>(
    params: P,
    grads: P,
    state: AdamState,
    { learningRate }: AdamUpdateOptions,
  ): AdamUpdate<P> => {
    const layout = layoutOf(params);
    checkState(layout, state);
    const current = tensorsOf(layout, params, 'params');
    const gradients = tensorsOf(layout, grads, 'grads');
    const step = state.step + 1;
    // The bias corrections, moved out of the vectors into epsilon and the rate.
    const correction = Math.sqrt(1 - beta2 ** step);
    const attributes: AdamStep = {
      beta1,
      beta2,
      epsilon: epsilon * correction,
      clipNorm,
      rates: layout.names.map((name) => (rateOf(learningRate, name, 'adam.update') * correction) / (1 - beta1 ** step)),
    };
    const compute = hasHostMemory() ? stepOnHost : stepOnVectors;
    const [gradNorm, m, v, ...next] = tf.tidy(() => compute(current, gradients, state, attributes));
    let index = 0;
    return {
      params: mapParameters(params, () => next[index++]!),
      state: { step, m: m as tf.Tensor1D, v: v as tf.Tensor1D },
      gradNorm: gradNorm as tf.Scalar,
    };
  };

  return {
    init(params) {
      const size = countParameters(params);
      return { step: 0, m: tf.zeros([size]) as tf.Tensor1D, v: tf.zeros([size]) as tf.Tensor1D };
    },

    update,

    updateIfFinite: guarded(update),
  };
}

/** Disposes the vectors of a state. */
export function disposeAdamState(state: AdamState): void {
  tf.dispose([state.m, state.v]);
}

/** The parameters in the order in which they lie in the vectors. */
type Layout = { names: string[]; shapes: number[][]; sizes: number[]; total: number };

function layoutOf(params: ParameterTree): Layout {
  const flat = flattenParameters(params);
  const names = Object.keys(flat);
  if (names.length === 0) throw new InvalidArgumentError('adam.update: the parameters hold no tensor.');
  const tensors = names.map((name) => flat[name]!);
  const sizes = tensors.map((tensor) => tensor.size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return { names, shapes: tensors.map((tensor) => tensor.shape), sizes, total };
}

function tensorsOf(layout: Layout, tree: ParameterTree, argument: string): tf.Tensor[] {
  const flat = flattenParameters(tree);
  return layout.names.map((name, index) => {
    const tensor = flat[name];
    const shape = layout.shapes[index]!;
    if (tensor?.rank !== shape.length || shape.some((size, axis) => size !== tensor.shape[axis])) {
      const got = tensor === undefined ? 'nothing' : `[${tensor.shape.join(', ')}]`;
      throw new ShapeError(`adam.update: ${argument}: ${name}: expected [${shape.join(', ')}], got ${got}`);
    }
    if (tensor.dtype !== 'float32') {
      throw new InvalidArgumentError(`adam.update: ${argument}: ${name}: expected float32, got ${tensor.dtype}`);
    }
    return tensor;
  });
}

function checkState(layout: Layout, state: AdamState): void {
  for (const key of ['m', 'v'] as const) {
    if (state[key].shape.length !== 1 || state[key].shape[0] !== layout.total) {
      throw new ShapeError(
        `adam.update: state.${key}: expected [${layout.total}], got [${state[key].shape.join(', ')}]. Use the state that init made for the same parameters.`,
      );
    }
  }
}
