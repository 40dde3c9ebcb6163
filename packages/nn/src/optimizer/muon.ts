import * as tf from '@tensorflow/tfjs-core';
import { InvalidArgumentError } from '../errors/errors.js';
import { flattenParameters } from '../tree/flatten-parameters.js';
import type { ParameterTree } from '../tree/parameter-tree.js';
import { unflattenParameters } from '../tree/unflatten-parameters.js';
import { type Adam, type AdamOptions, createAdam, disposeAdamState } from './adam.js';
import { guarded } from './guarded.js';
import { orthogonalize } from './orthogonalize.js';
import { rateOf } from './rate-of.js';

export type MuonOptions = AdamOptions & {
  /** Decay of the matrices' momentum. @default 0.9 */
  momentum?: number;
  /**
   * Which parameters are matrices of weights; all others are left to Adam. A convolution's `[h, w, in, out]` counts as `[h w in, out]`.
   * @default those called `weight` whose two sides are at least 16 long
   */
  isMatrix?: (name: string, shape: readonly number[]) => boolean;
};

/**
 * Muon (Jordan et al. 2024): matrices of weights move along their momentum made orthogonal, so that all directions of a matrix learn
 * equally fast, and not only those few in which its gradient is large; what is not a matrix is moved by Adam. Much fewer steps than
 * Adam for a little more work in each: an update costs about as much as a sample or two in a batch.
 *
 * `b ← μ b + g`, `p ← p − rate · sqrt(max(a, b)) · orthogonalize(g + μ b)` for a matrix of `a` rows and `b` columns: the elements of an
 * update have a root mean square of `rate`, as Adam's have, so the same rates fit both. A rate of 0 leaves a matrix and its momentum alone,
 * at no cost.
 *
 * The interface and the state's fields are Adam's: `m` holds the momentum of the matrices, then Adam's first moments, `v` Adam's second ones.
 *
 * @throws InvalidArgumentError if an option is out of range
 */
export function createMuon({ momentum = 0.9, isMatrix = isWeightMatrix, ...adamOptions }: MuonOptions = {}): Adam {
  if (!(momentum >= 0 && momentum < 1)) {
    throw new InvalidArgumentError(`createMuon: momentum: expected 0 <= momentum < 1, got ${momentum}`);
  }
  const adam = createAdam(adamOptions);

  const partition = (tree: ParameterTree) => {
    const flat = flattenParameters(tree);
    const names = Object.keys(flat);
    const matrices = names.filter((name) => isMatrix(name, flat[name]!.shape));
    const taken = new Set(matrices);
    // Adam reads a tree, whose names hold no dots.
    const rest = Object.fromEntries(names.filter((name) => !taken.has(name)).map((name) => [toKey(name), flat[name]!]));
    const length = matrices.reduce((sum, name) => sum + flat[name]!.size, 0);
    return { flat, matrices, rest, length, hasRest: matrices.length < names.length };
  };

  const update: Adam['update'] = (params, grads, state, { learningRate }) => {
    const { flat, matrices, rest, length, hasRest } = partition(params);
    const gradients = flattenParameters(grads);
    if (state.m.size < length) {
      throw new InvalidArgumentError(
        `muon.update: state.m: expected at least ${length} values, got ${state.m.size}. Use the state that init made for the same parameters.`,
      );
    }
    const rates = matrices.map((name) => rateOf(learningRate, name, 'muon.update'));
    const next: Record<string, tf.Tensor> = {};
    const [m, v, gradNorm] = tf.tidy(() => {
      const momenta = length > 0 ? tf.split(tf.slice(state.m, 0, length), sizesOf(flat, matrices)) : [];
      const moving = matrices.flatMap((_, i) => (rates[i] === 0 ? [] : [i]));
      const directions = new Map<string, { index: number; direction: tf.Tensor2D }[]>();
      for (const i of moving) {
        const name = matrices[i]!;
        const gradient = tf.reshape(gradients[name]!, [-1]);
        momenta[i] = tf.add(tf.mul(momenta[i]!, momentum), gradient) as tf.Tensor1D;
        const { shape } = flat[name]!;
        const columns = shape[shape.length - 1]!;
        const direction = tf.reshape(tf.add(gradient, tf.mul(momenta[i]!, momentum)), [-1, columns]) as tf.Tensor2D;
        const key = direction.shape.join();
        directions.set(key, [...(directions.get(key) ?? []), { index: i, direction }]);
      }
      // Matrices of one shape go through the iteration together: it is many small products.
      for (const group of directions.values()) {
        const stacked = tf.stack(group.map(({ direction }) => direction)) as tf.Tensor3D;
        const [, rows, columns] = stacked.shape;
        const unit = tf.mul(orthogonalize(stacked), Math.sqrt(Math.max(rows, columns)));
        tf.unstack(unit).forEach((piece, k) => {
          const { index } = group[k]!;
          const old = flat[matrices[index]!]!;
          next[matrices[index]!] = tf.sub(old, tf.mul(tf.reshape(piece, old.shape), rates[index]!));
        });
      }
      matrices.forEach((name, i) => {
        if (rates[i] === 0) next[name] = tf.clone(flat[name]!);
      });

      let energy: tf.Tensor = tf.scalar(0);
      for (const name of matrices) energy = tf.add(energy, tf.sum(tf.square(gradients[name]!)));
      if (!hasRest)
        return keep(next, [tf.concat([...momenta, tf.slice(state.m, length)]), tf.clone(state.v), tf.sqrt(energy)]);
      const adamState = { step: state.step, m: tf.slice(state.m, length) as tf.Tensor1D, v: state.v };
      const restGrads = Object.fromEntries(Object.keys(rest).map((key) => [key, gradients[toName(key)]!]));
      const updated = adam.update(rest, restGrads, adamState, {
        learningRate: typeof learningRate === 'number' ? learningRate : (key) => learningRate(toName(key)),
      });
      for (const [key, tensor] of Object.entries(updated.params)) next[toName(key)] = tensor as tf.Tensor;
      return keep(next, [
        tf.concat([...momenta, updated.state.m]),
        updated.state.v,
        tf.sqrt(tf.add(energy, tf.square(updated.gradNorm))),
      ]);
    });
    return {
      params: unflattenParameters(params, next),
      state: { step: state.step + 1, m: m as tf.Tensor1D, v: v as tf.Tensor1D },
      gradNorm: gradNorm as tf.Scalar,
    };
  };

  return {
    init(params) {
      const { rest, length, hasRest } = partition(params);
      const adamState = hasRest ? adam.init(rest) : null;
      const v = adamState ? tf.clone(adamState.v) : (tf.zeros([0]) as tf.Tensor1D);
      if (adamState) disposeAdamState(adamState);
      return { step: 0, m: tf.zeros([length + v.size]) as tf.Tensor1D, v };
    },

    update,

    updateIfFinite: guarded(update),
  };
}

function isWeightMatrix(name: string, shape: readonly number[]): boolean {
  if (!(name === 'weight' || name.endsWith('.weight')) || shape.length < 2) return false;
  const columns = shape[shape.length - 1]!;
  const rows = shape.slice(0, -1).reduce((product, side) => product * side, 1);
  return Math.min(rows, columns) >= 16;
}

const toKey = (name: string): string => name.replaceAll('.', '/');
const toName = (key: string): string => key.replaceAll('/', '.');

const sizesOf = (flat: Record<string, tf.Tensor>, names: readonly string[]): number[] =>
  names.map((name) => flat[name]!.size);

/** `results`, with the tensors of `also` kept alive beyond the tidy too. */
function keep(also: Record<string, tf.Tensor>, results: tf.Tensor[]): tf.Tensor[] {
  for (const tensor of Object.values(also)) tf.keep(tensor);
  return results;
}
