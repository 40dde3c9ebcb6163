import * as tf from '@tensorflow/tfjs-core';
import { InvalidArgumentError } from '../errors/errors.js';
import { flattenParameters } from '../tree/flatten-parameters.js';
import type { ParameterTree } from '../tree/parameter-tree.js';
import { unflattenParameters } from '../tree/unflatten-parameters.js';
import { type AdamOptions, type AdamState, createAdam } from './adam.js';
import type { Optimizer } from './optimizer.js';
import { orthogonalize } from './orthogonalize.js';
import { rateOf } from './rate-of.js';

export type MuonOptions = AdamOptions & {
  /** Decay of the matrices' momentum. @default 0.9 */
  momentum?: number;
  /**
   * Which parameters are matrices of weights; all others are left to Adam. A convolution's `[h, w, in, out]` counts as
   * `[h w in, out]`.
   * @default those called `weight` whose two sides are at least 16 long
   */
  isMatrix?: (name: string, shape: readonly number[]) => boolean;
};

/** What Muon remembers: the momentum of all matrices in one vector, and Adam's state for everything else. */
export type MuonState = { readonly momentum?: tf.Tensor1D; readonly adam?: AdamState };

/**
 * Muon (Jordan et al. 2024): matrices of weights move along their momentum made orthogonal, so that all directions of a
 * matrix learn equally fast, and not only those few in which its gradient is large; what is not a matrix is moved by
 * Adam. Much fewer steps than Adam for a little more work in each: an update costs about as much as a sample or two in
 * a batch.
 *
 * `b ← μ b + g`, `p ← p − rate · sqrt(max(a, b)) · orthogonalize(g + μ b)` for a matrix of `a` rows and `b` columns:
 * the elements of an update have a root mean square of `rate`, as Adam's have, so the same rates fit both. A rate of 0
 * leaves a matrix and its momentum alone, at no cost.
 *
 * @throws InvalidArgumentError if an option is out of range
 */
export function createMuon({
  momentum = 0.9,
  isMatrix = isWeightMatrix,
  ...adamOptions
}: MuonOptions = {}): Optimizer<MuonState> {
  if (!(momentum >= 0 && momentum < 1)) {
    throw new InvalidArgumentError(`createMuon: momentum: expected 0 <= momentum < 1, got ${momentum}`);
  }
  const adam = createAdam(adamOptions);
  return {
    init(parameters) {
      const { matrices, rest } = partition(parameters, isMatrix);
      const size = matrices.reduce((sum, { tensor }) => sum + tensor.size, 0);
      return {
        ...(size > 0 ? { momentum: tf.zeros([size]) as tf.Tensor1D } : {}),
        ...(rest ? { adam: adam.init(rest) } : {}),
      };
    },

    update(parameters, gradients, state, { learningRate }) {
      const { matrices, rest } = partition(parameters, isMatrix);
      const slopes = flattenParameters(gradients);
      checkState(state, matrices, rest !== null);
      const rates = matrices.map(({ name }) => rateOf(learningRate, name, 'muon.update'));
      const next: Record<string, tf.Tensor> = {};
      const nextState: { momentum?: tf.Tensor1D; adam?: AdamState } = {};
      const gradNorm = tf.tidy(() => {
        let energy: tf.Tensor = tf.scalar(0);
        for (const { name } of matrices) energy = tf.add(energy, tf.sum(tf.square(slopes[name]!)));
        if (state.momentum) {
          const moved = moveMatrices(matrices, slopes, state.momentum, { rates, momentum });
          Object.assign(next, moved.parameters);
          nextState.momentum = moved.momentum;
        }
        if (rest) {
          const restSlopes = Object.fromEntries(Object.keys(rest).map((key) => [key, slopes[toName(key)]!]));
          const updated = adam.update(rest, restSlopes, state.adam!, {
            learningRate: typeof learningRate === 'number' ? learningRate : (key) => learningRate(toName(key)),
          });
          for (const [key, tensor] of Object.entries(updated.parameters)) next[toName(key)] = tensor;
          nextState.adam = updated.state;
          energy = tf.add(energy, tf.square(updated.gradNorm));
        }
        for (const tensor of Object.values(next)) tf.keep(tensor);
        for (const tensor of Object.values(flattenParameters(nextState))) tf.keep(tensor);
        return tf.sqrt(energy) as tf.Scalar;
      });
      return { parameters: unflattenParameters(parameters, next), state: nextState, gradNorm };
    },
  };
}

type Matrix = { readonly name: string; readonly tensor: tf.Tensor };

/** The matrices, and all else as a tree for Adam (null if there is nothing else), whose names hold no dots. */
function partition(
  tree: ParameterTree,
  isMatrix: (name: string, shape: readonly number[]) => boolean,
): { matrices: Matrix[]; rest: Record<string, tf.Tensor> | null } {
  const all = Object.entries(flattenParameters(tree)).map(([name, tensor]) => ({ name, tensor }));
  const matrices = all.filter(({ name, tensor }) => isMatrix(name, tensor.shape));
  const taken = new Set(matrices);
  const rest = all.filter((entry) => !taken.has(entry)).map(({ name, tensor }) => [toKey(name), tensor] as const);
  return { matrices, rest: rest.length > 0 ? Object.fromEntries(rest) : null };
}

/** Runs inside of a tidy. */
function moveMatrices(
  matrices: readonly Matrix[],
  slopes: Readonly<Record<string, tf.Tensor>>,
  old: tf.Tensor1D,
  { rates, momentum }: { rates: readonly number[]; momentum: number },
): { parameters: Record<string, tf.Tensor>; momentum: tf.Tensor1D } {
  const sizes = matrices.map(({ tensor }) => tensor.size);
  const momenta: tf.Tensor1D[] = tf.split(old, sizes);
  const parameters: Record<string, tf.Tensor> = {};
  // Matrices of one shape go through the iteration together: it is many small products.
  const groups = new Map<string, { index: number; direction: tf.Tensor2D }[]>();
  matrices.forEach(({ name, tensor }, index) => {
    if (rates[index] === 0) {
      parameters[name] = tf.clone(tensor);
      return;
    }
    const slope = tf.reshape(slopes[name]!, [-1]);
    momenta[index] = tf.add(tf.mul(momenta[index]!, momentum), slope) as tf.Tensor1D;
    const columns = tensor.shape[tensor.shape.length - 1]!;
    const direction = tf.reshape(tf.add(slope, tf.mul(momenta[index]!, momentum)), [-1, columns]) as tf.Tensor2D;
    const key = direction.shape.join();
    groups.set(key, [...(groups.get(key) ?? []), { index, direction }]);
  });
  for (const group of groups.values()) {
    const stacked = tf.stack(group.map(({ direction }) => direction)) as tf.Tensor3D;
    const [, rows, columns] = stacked.shape;
    const unit = tf.mul(orthogonalize(stacked), Math.sqrt(Math.max(rows, columns)));
    tf.unstack(unit).forEach((piece, k) => {
      const { index } = group[k]!;
      const { name, tensor } = matrices[index]!;
      parameters[name] = tf.sub(tensor, tf.mul(tf.reshape(piece, tensor.shape), rates[index]!));
    });
  }
  // One alone would be given back as it is: the caller's own.
  return { parameters, momentum: momenta.length === 1 ? tf.clone(momenta[0]!) : tf.concat1d(momenta) };
}

function checkState(state: MuonState, matrices: readonly Matrix[], hasRest: boolean): void {
  const wayOut = 'Use the state that init made for the same parameters.';
  const length = matrices.reduce((sum, { tensor }) => sum + tensor.size, 0);
  const got = state.momentum?.size ?? 0;
  if (got !== length) {
    throw new InvalidArgumentError(`muon.update: state.momentum: expected ${length} values, got ${got}. ${wayOut}`);
  }
  if (hasRest !== (state.adam !== undefined)) {
    throw new InvalidArgumentError(
      `muon.update: state.adam: expected ${hasRest ? 'a state of Adam' : 'none'}, got ${state.adam ? 'one' : 'none'}. ${wayOut}`,
    );
  }
}

function isWeightMatrix(name: string, shape: readonly number[]): boolean {
  if (!(name === 'weight' || name.endsWith('.weight')) || shape.length < 2) return false;
  const columns = shape[shape.length - 1]!;
  const rows = shape.slice(0, -1).reduce((product, side) => product * side, 1);
  return Math.min(rows, columns) >= 16;
}

const toKey = (name: string): string => name.replaceAll('.', '/');
const toName = (key: string): string => key.replaceAll('/', '.');
