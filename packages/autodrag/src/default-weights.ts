import { ModelError } from './errors.js';
import type { WeightSource } from './read-source.js';

/** The weights of the avatars that come with the package. */
export async function defaultWeights(): Promise<Record<'generator' | 'regularizer' | 'predictor', WeightSource>> {
  throw new ModelError('loadAutodrag: the default weights are missing.');
}
