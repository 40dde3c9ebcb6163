import { createAutodrag } from '@autodrag/autodrag';
import { createRandom } from '@autodrag/nn';
import type * as tf from '@tensorflow/tfjs';
import { type TinyModels, type TinyOptions, tinyModels } from '../../packages/autodrag/test/tiny-models.js';

/** Runs with models of a few thousand weights, and frees them. */
export async function withModels<T>(
  run: (models: TinyModels) => T | Promise<T>,
  options: TinyOptions = {},
): Promise<T> {
  const models = tinyModels(options);
  try {
    return await run(models);
  } finally {
    for (const model of Object.values(models)) model.dispose();
  }
}

/** Runs with a session of a seed, and frees it with its models. */
export async function withSession<T>(
  run: (session: Awaited<ReturnType<ReturnType<typeof createAutodrag>['sample']>>) => Promise<T>,
  options: TinyOptions = {},
): Promise<T> {
  const autodrag = createAutodrag(tinyModels(options));
  const session = await autodrag.sample(7);
  try {
    return await run(session);
  } finally {
    session.dispose();
    autodrag.dispose();
  }
}

/** Normally distributed values: the same on every backend. */
export function normal<T extends tf.Tensor>(shape: number[], seed: number): T {
  return createRandom(seed).normalTensor(shape) as T;
}

/** What a promise is rejected with. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`;
  }
  return 'nothing was refused';
}
