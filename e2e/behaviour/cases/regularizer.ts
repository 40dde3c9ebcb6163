import {
  createLatentRegularizer,
  createLatentRegularizerParameters,
  latentRegularizer,
  latentRegularizerConfig,
  perturbCodes,
} from '@autodrag/latent-regularizer';
import { createRandom, flattenParameters, valueAndGrads } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs';
import type { Cases } from '../case.js';
import { normal } from '../models.js';

const sizes = { numWs: 5, wDim: 4, editedLayers: 2, width: 8, heads: 2, feedForward: 8 };
const config = latentRegularizerConfig('compact', { ...sizes, encoderLayers: 1, decoderLayers: 1 });
const statistics = () => ({ average: tf.tensor1d([0.8, 0.9, 0.1, -0.7]), std: tf.tensor1d([1.5, 1.3, 0.8, 0.5]) });

/** With a head that does something: a fresh one restores to the average. */
function parameters() {
  const own = createLatentRegularizerParameters(createRandom(1), config, statistics());
  return { ...own, head: { ...own.head, weight: normal<tf.Tensor2D>(own.head.weight.shape, 2) } };
}

export const regularizerCases: Cases = {
  'regularizer: restores codes that were led astray': {
    run: () =>
      tf.tidy((): Record<string, tf.Tensor> => {
        const perturbed = perturbCodes(createRandom(8), normal<tf.Tensor3D>([2, 5, 4], 7), {
          statistics: statistics(),
          editedLayers: 2,
        });
        const regularizer = createLatentRegularizer(config, parameters());
        const restored = regularizer.restore(perturbed);
        regularizer.dispose();
        return { perturbed, restored };
      }),
  },
  'regularizer: gradients of a step': {
    run: () =>
      tf.tidy((): Record<string, tf.Tensor> => {
        const [w, truth] = [normal<tf.Tensor3D>([2, 5, 4], 7), normal<tf.Tensor3D>([2, 5, 4], 9)];
        const { value, grads } = valueAndGrads(
          (tree) => tf.mean(tf.square(tf.sub(latentRegularizer(tree, config, w), truth))) as tf.Scalar,
          parameters(),
        );
        return { value, ...flattenParameters(grads) };
      }),
  },
};
