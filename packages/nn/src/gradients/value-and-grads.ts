import * as tf from '@tensorflow/tfjs-core';
import { InvalidArgumentError, ShapeError } from '../errors/errors.js';
import { mapParameters } from '../tree/map-parameters.js';
import type { ParameterTree } from '../tree/parameter-tree.js';
import { visitParameters } from '../tree/visit-parameters.js';
import { assertGradientsRegistered } from './assert-gradients-registered.js';

/** What `valueAndGrads` returns. All tensors are new and the caller's. */
export type ValueAndGrads<P extends ParameterTree> = { value: tf.Scalar; grads: P };

/**
 * The value of a scalar function of parameters, and its gradient with respect to every one of them, in a tree of the
 * same form. A parameter that the value does not depend on gets zeros. Whatever `f` computes on the way is disposed.
 *
 * @param f reads the parameters that it is given (or closes over the same tensors) and returns a scalar
 * @throws GradientsNotRegisteredError if no gradients are registered
 * @throws ShapeError if `f` returns no scalar
 * @throws InvalidArgumentError if the tree is empty or holds the same tensor twice
 */
export function valueAndGrads<P extends ParameterTree>(
  f: (parameters: P) => tf.Tensor,
  parameters: P,
): ValueAndGrads<P> {
  assertGradientsRegistered('valueAndGrads');
  const names: string[] = [];
  const tensors: tf.Tensor[] = [];
  const owner = new Map<number, string>();
  visitParameters(parameters, (name, tensor) => {
    const other = owner.get(tensor.id);
    if (other !== undefined) {
      throw new InvalidArgumentError(
        `valueAndGrads: '${other}' and '${name}' are the same tensor. Keep shared parameters in one place of the tree.`,
      );
    }
    owner.set(tensor.id, name);
    names.push(name);
    tensors.push(tensor);
  });
  if (tensors.length === 0) throw new InvalidArgumentError('valueAndGrads: the parameters hold no tensor.');

  const engine = tf.engine();
  const run = () =>
    tf.tidy(() => {
      const { value, grads } = engine.gradients(
        () => {
          const result = f(parameters);
          if (!(result instanceof tf.Tensor) || result.rank !== 0) {
            const got = result instanceof tf.Tensor ? `[${result.shape.join(', ')}]` : typeof result;
            throw new ShapeError(`valueAndGrads: f must return a scalar, got ${got}. Reduce with tf.mean or tf.sum.`);
          }
          // A parameter returned as it is would be owned twice.
          return owner.has(result.id) ? tf.clone(result) : result;
        },
        tensors,
        null as unknown as tf.Tensor,
        true,
      );
      const all = tensors.map((tensor, index) => grads[index] ?? tf.zeros(tensor.shape));
      // Tensors that f returns from outside are not this scope's to give away.
      return [tf.clone(value), ...all];
    });
  let results: tf.Tensor[];
  try {
    results = run();
  } catch (error) {
    releaseTape();
    throw error;
  }
  const byName = new Map(names.map((name, index) => [name, results[index + 1]!]));
  return { value: results[0] as tf.Scalar, grads: mapParameters(parameters, (_, name) => byName.get(name)!) };
}

/** After an exception inside a gradient, tfjs keeps the tensors saved for the backward pass; let go of them. */
function releaseTape(): void {
  const { state } = tf.engine();
  if (state.gradientDepth > 0 || state.activeTape == null) return;
  for (const node of state.activeTape) for (const tensor of node.saved ?? []) tensor.dispose();
  state.activeTape = [];
}
