import * as tf from '@tensorflow/tfjs-core';
import { valueAndGrads } from '../gradients/value-and-grads.js';
import type { Optimizer } from '../optimizer/optimizer.js';
import { disposeParameters } from '../tree/dispose-parameters.js';
import type { ParameterTree } from '../tree/parameter-tree.js';
import type { TrainingStep } from './training-types.js';

/** Parameters and what the optimiser remembers of them. */
export type TrainingState<P extends ParameterTree> = { readonly parameters: P; readonly optimizer: ParameterTree };

/**
 * One step of a training.
 *
 * @param state only read
 * @returns a new state, the caller's, and what was measured on the way
 */
export async function optimizerStep<P extends ParameterTree>(
  { loss }: TrainingStep<P>,
  { parameters, optimizer: memory }: TrainingState<P>,
  { optimizer, learningRate }: { optimizer: Optimizer; learningRate: number | ((name: string) => number) },
): Promise<{ state: TrainingState<P>; loss: number; gradNorm: number; reported: Map<string, number> }> {
  const scalars = new Map<string, tf.Scalar>();
  let state: TrainingState<P> | null = null;
  try {
    const { value, grads } = valueAndGrads<P>(
      (p) =>
        loss(p, (name, scalar) => {
          scalars.get(name)?.dispose();
          scalars.set(name, tf.keep(scalar.clone()) as tf.Scalar);
        }),
      parameters,
    );
    const names = [...scalars.keys()];
    scalars.set(' loss', value); // no metric has such a name; here so that it is disposed with the others
    try {
      const update = optimizer.update(parameters, grads, memory, { learningRate });
      state = { parameters: update.parameters, optimizer: update.state };
      scalars.set(' gradNorm', update.gradNorm);
    } finally {
      disposeParameters(grads);
    }
    const data = await Promise.all([...scalars.values()].map((scalar) => scalar.data()));
    const values = data.map(([number]) => number!);
    const [lossValue, gradNorm] = values.slice(-2) as [number, number];
    return { state, loss: lossValue, gradNorm, reported: new Map(names.map((name, i) => [name, values[i]!])) };
  } catch (error) {
    if (state) disposeParameters(state);
    throw error;
  } finally {
    for (const scalar of scalars.values()) scalar.dispose();
  }
}
