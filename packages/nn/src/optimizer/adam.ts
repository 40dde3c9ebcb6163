import * as tf from '@tensorflow/tfjs-core';
import { InvalidArgumentError, ShapeError } from '../errors/errors.js';
import { countParameters } from '../tree/count-parameters.js';
import { flattenParameters } from '../tree/flatten-parameters.js';
import { mapParameters } from '../tree/map-parameters.js';
import type { ParameterTree } from '../tree/parameter-tree.js';

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
 * Adam (Kingma and Ba 2015) as a pure function, over one vector: gradients and parameters are concatenated, updated by
 * about a dozen kernels however many parameters there are, and split again.
 *
 * `m ← β1 m + (1 − β1) g`, `v ← β2 v + (1 − β2) g²`, `p ← p − rate · (m / (1 − β1^t)) / (sqrt(v / (1 − β2^t)) + ε)`.
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

  const step = (
    layout: Layout,
    params: ParameterTree,
    gradient: tf.Tensor1D,
    norm: tf.Scalar,
    state: AdamState,
    learningRate: AdamUpdateOptions['learningRate'],
  ): { pieces: tf.Tensor[]; m: tf.Tensor1D; v: tf.Tensor1D } => {
    const count = state.step + 1;
    const g = clipNorm === undefined ? gradient : tf.mul(gradient, tf.div(clipNorm, tf.maximum(norm, clipNorm)));
    const m = beta1 === 0 ? tf.clone(g) : tf.add(state.m, tf.mul(tf.sub(g, state.m), 1 - beta1));
    const v = tf.add(tf.mul(state.v, beta2), tf.mul(tf.square(g), 1 - beta2));
    // The bias corrections, moved out of the vectors into epsilon and the rate.
    const correction = Math.sqrt(1 - beta2 ** count);
    const factor = correction / (1 - beta1 ** count);
    const direction = tf.div(m, tf.add(tf.sqrt(v), epsilon * correction)) as tf.Tensor1D;
    const change = scaleByRate(layout, direction, factor, learningRate);
    const next = tf.sub(concatenate(layout, params, 'params'), change) as tf.Tensor1D;
    return { pieces: splitVector(layout, next), m: m as tf.Tensor1D, v: v as tf.Tensor1D };
  };

  const collect = (layout: Layout, grads: ParameterTree, state: AdamState): [tf.Tensor1D, tf.Scalar] => {
    checkState(layout, state);
    const gradient = concatenate(layout, grads, 'grads');
    return [gradient, tf.sqrt(tf.sum(tf.square(gradient))) as tf.Scalar];
  };

  return {
    init(params) {
      const size = countParameters(params);
      return { step: 0, m: tf.zeros([size]) as tf.Tensor1D, v: tf.zeros([size]) as tf.Tensor1D };
    },

    update(params, grads, state, { learningRate }) {
      const layout = layoutOf(params);
      const { norm, pieces, m, v } = tf.tidy(() => {
        const [gradient, norm] = collect(layout, grads, state);
        return { norm, ...step(layout, params, gradient, norm, state, learningRate) };
      });
      return { params: assemble(params, pieces), state: { step: state.step + 1, m, v }, gradNorm: norm };
    },

    async updateIfFinite(params, grads, state, { learningRate }) {
      const layout = layoutOf(params);
      const [gradient, norm] = tf.tidy(() => collect(layout, grads, state));
      try {
        const gradNorm = (await norm.data())[0]!;
        if (!Number.isFinite(gradNorm)) {
          return {
            params: mapParameters(params, (tensor) => tf.clone(tensor)),
            state: { step: state.step, m: tf.clone(state.m), v: tf.clone(state.v) },
            gradNorm,
            skipped: true,
          };
        }
        const { pieces, m, v } = tf.tidy(() => step(layout, params, gradient, norm, state, learningRate));
        return { params: assemble(params, pieces), state: { step: state.step + 1, m, v }, gradNorm, skipped: false };
      } finally {
        tf.dispose([gradient, norm]);
      }
    },
  };
}

/** Disposes the vectors of a state. */
export function disposeAdamState(state: AdamState): void {
  tf.dispose([state.m, state.v]);
}

/** Where each parameter lies in the vector. */
type Layout = { names: string[]; shapes: number[][]; sizes: number[]; total: number };

function layoutOf(params: ParameterTree): Layout {
  const flat = flattenParameters(params);
  const names = Object.keys(flat);
  if (names.length === 0) throw new InvalidArgumentError('adam.update: the parameters hold no tensor.');
  const tensors = Object.values(flat);
  const sizes = tensors.map((tensor) => tensor.size);
  return {
    names,
    shapes: tensors.map((tensor) => tensor.shape),
    sizes,
    total: sizes.reduce((sum, size) => sum + size, 0),
  };
}

function concatenate(layout: Layout, tree: ParameterTree, argument: string): tf.Tensor1D {
  const flat = flattenParameters(tree);
  const vectors = layout.names.map((name, index) => {
    const tensor = flat[name];
    const shape = layout.shapes[index]!;
    if (
      tensor === undefined ||
      tensor.rank !== shape.length ||
      shape.some((size, axis) => size !== tensor.shape[axis])
    ) {
      const got = tensor === undefined ? 'nothing' : `[${tensor.shape.join(', ')}]`;
      throw new ShapeError(`adam.update: ${argument}: ${name}: expected [${shape.join(', ')}], got ${got}`);
    }
    return tensor.rank === 1 ? (tensor as tf.Tensor1D) : (tf.reshape(tensor, [tensor.size]) as tf.Tensor1D);
  });
  return vectors.length === 1 ? tf.clone(vectors[0]!) : tf.concat1d(vectors);
}

function splitVector(layout: Layout, vector: tf.Tensor1D): tf.Tensor[] {
  const pieces = layout.sizes.length === 1 ? [vector] : tf.split(vector, layout.sizes, 0);
  return pieces.map((piece, index) => tf.reshape(piece, layout.shapes[index]!));
}

/** `direction · factor · rate`, a kernel for each run of neighbours with one rate. */
function scaleByRate(
  layout: Layout,
  direction: tf.Tensor1D,
  factor: number,
  learningRate: AdamUpdateOptions['learningRate'],
): tf.Tensor1D {
  if (typeof learningRate === 'number') return tf.mul(direction, factor * learningRate);
  const runs: { rate: number; size: number }[] = [];
  layout.names.forEach((name, index) => {
    const rate = learningRate(name);
    if (!Number.isFinite(rate)) {
      throw new InvalidArgumentError(`adam.update: learningRate: expected a number for '${name}', got ${rate}`);
    }
    const last = runs.at(-1);
    if (last?.rate === rate) last.size += layout.sizes[index]!;
    else runs.push({ rate, size: layout.sizes[index]! });
  });
  if (runs.length === 1) return tf.mul(direction, factor * runs[0]!.rate);
  const pieces = tf.split(
    direction,
    runs.map((run) => run.size),
    0,
  );
  return tf.concat1d(pieces.map((piece, index) => tf.mul(piece, factor * runs[index]!.rate) as tf.Tensor1D));
}

function assemble<P extends ParameterTree>(template: P, pieces: readonly tf.Tensor[]): P {
  let index = 0;
  return mapParameters(template, () => pieces[index++]!);
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
