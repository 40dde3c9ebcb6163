import {
  createRolloutOnHost,
  type HostRolloutInput,
  type LatentPredictor,
  rolloutWork,
} from '@autodrag/latent-predictor';
import { createRestoreOnHost, type LatentRegularizer } from '@autodrag/latent-regularizer';
import { createHost } from '@autodrag/nn/host';

/** The codes of a drag one after the other, `[numWs * wDim]` each. */
export type HostRollout = (input: Omit<HostRolloutInput, 'restore'>) => Iterable<Float32Array>;

/**
 * Multiplications up to which a rollout is faster in ordinary memory: some hundred milliseconds at most. A drag of the
 * default model has 50 million, one of the paper's size 3 billion, which belong on a GPU or on all cores.
 */
const mostWork = 3e8;

/**
 * The predictor with its regularizer in ordinary memory, for small models.
 *
 * @returns null where the model is large, or WebAssembly cannot be compiled: the backend is to do it then
 */
export async function createHostRollout(
  predictor: LatentPredictor,
  regularizer: LatentRegularizer | null,
): Promise<HostRollout | null> {
  const host = rolloutWork(predictor) <= mostWork ? createHost() : null;
  if (host === null) return null;
  const [run, restorer] = await Promise.all([
    createRolloutOnHost(host, predictor),
    regularizer && createRestoreOnHost(host, regularizer),
  ]);
  return (input) => run({ ...input, ...(restorer && { restore: restorer(input.w) }) });
}
