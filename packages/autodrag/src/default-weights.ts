import { defaultWeights as avatarWeights } from '@autodrag/avatars';
import type { WeightSource } from './read-source.js';

/** The weights of the avatars that come with the package. */
export async function defaultWeights(): Promise<Record<'generator' | 'regularizer' | 'predictor', WeightSource>> {
  const { generator, regularizer, predictor } = avatarWeights;
  return { generator, regularizer, predictor };
}

/** The landmark detector of the avatars. */
export async function detectorWeights(): Promise<WeightSource> {
  return avatarWeights.detector;
}
