import * as tf from '@tensorflow/tfjs-core';
import { InvalidArgumentError, ShapeError } from '../errors/errors.js';
import { hasHostMemory } from '../kernels/run-host-kernel.js';
import { countParameters } from '../tree/count-parameters.js';
import { flattenParameters } from '../tree/flatten-parameters.js';
import { mapParameters } from '../tree/map-parameters.js';
import type { ParameterTree } from '../tree/parameter-tree.js';
import { type AdamStep, stepOnHost, stepOnVectors } from './adam-step.js';
import type { Optimizer } from './optimizer.js';
import { rateOf } from './rate-of.js';

/**
 * What Adam remembers: the number of updates made, and the first and second moments of all parameters in one vector
 * each, in the order of `flattenParameters`.
 */
export type AdamState = { readonly step: tf.Scalar; readonly m: tf.Tensor1D; readonly v: tf.Tensor1D };

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

/**
 * Adam (Kingma and Ba 2015) as a pure function. All parameters are updated at once, however many there are: in one loop
 * where the backend's memory can be reached (cpu, wasm), elsewhere by about a dozen kernels over one long vector.
 *
 * `m ← β1 m + (1 − β1) g`, `v ← β2 v + (1 − β2) g²`, `p ← p − rate · (m / (1 − β1^t)) / (sqrt(v / (1 − β2^t)) + ε)`.
 *
 * @throws InvalidArgumentError if an option is out of range
 */
export function createAdam(options: AdamOptions = {}): Optimizer<AdamState> {
  const constants = checked(options);
  return {
    init(parameters) {
      const size = countParameters(parameters);
      return { step: tf.scalar(0), m: tf.zeros([size]) as tf.Tensor1D, v: tf.zeros([size]) as tf.Tensor1D };
    },

    update(parameters, gradients, state, { learningRate }) {
      const layout = layoutOf(parameters);
      checkState(layout, state);
      const current = tensorsOf(layout, parameters, 'parameters');
      const slopes = tensorsOf(layout, gradients, 'gradients');
      const attributes: AdamStep = {
        ...constants,
        rates: layout.names.map((name) => rateOf(learningRate, name, 'adam.update')),
      };
      const compute = hasHostMemory() ? stepOnHost : stepOnVectors;
      const [gradNorm, step, m, v, ...next] = tf.tidy(() => compute(current, slopes, state, attributes));
      let index = 0;
      return {
        parameters: mapParameters(parameters, () => next[index++]!),
        state: { step: step as tf.Scalar, m: m as tf.Tensor1D, v: v as tf.Tensor1D },
        gradNorm: gradNorm as tf.Scalar,
      };
    },
  };
}

function checked({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, clipNorm }: AdamOptions): Omit<AdamStep, 'rates'> {
  for (const [name, beta] of Object.entries({ beta1, beta2 })) {
    if (!(beta >= 0 && beta < 1))
      throw new InvalidArgumentError(`createAdam: ${name}: expected 0 <= ${name} < 1, got ${beta}`);
  }
  if (!(epsilon > 0)) throw new InvalidArgumentError(`createAdam: epsilon: expected a positive number, got ${epsilon}`);
  if (clipNorm !== undefined && !(clipNorm > 0)) {
    throw new InvalidArgumentError(
      `createAdam: clipNorm: expected a positive number, got ${clipNorm}. Leave it out to switch clipping off.`,
    );
  }
  return { beta1, beta2, epsilon, clipNorm };
}

/** The parameters in the order in which they lie in the vectors. */
type Layout = { names: string[]; shapes: number[][]; total: number };

function layoutOf(parameters: ParameterTree): Layout {
  const flat = flattenParameters(parameters);
  const names = Object.keys(flat);
  if (names.length === 0) throw new InvalidArgumentError('adam.update: the parameters hold no tensor.');
  return { names, shapes: names.map((name) => flat[name]!.shape), total: countParameters(parameters) };
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

function checkState({ total }: Layout, state: AdamState): void {
  const expected = { step: [], m: [total], v: [total] };
  for (const key of ['step', 'm', 'v'] as const) {
    if (state[key].shape.join() === expected[key].join()) continue;
    throw new ShapeError(
      `adam.update: state.${key}: expected [${expected[key].join()}], got [${state[key].shape.join(', ')}]. Use the state that init made for the same parameters.`,
    );
  }
}
