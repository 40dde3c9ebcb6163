import '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { createRandom } from '@autodrag/nn';
import { expectClose } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { latentRegularizer } from '../src/latent-regularizer.js';
import { perturbCodes } from '../src/perturb-codes.js';
import { tinyConfig, tinyParameters, tinyStatistics } from './tiny.js';

it('computes the same on wasm as on cpu', async () => {
  const run = async () => {
    const config = tinyConfig();
    const w = createRandom(7).normalTensor([2, 5, 4]) as tf.Tensor3D;
    const perturbed = perturbCodes(createRandom(8), w, { statistics: tinyStatistics(), editedLayers: 2 });
    return (await latentRegularizer(tinyParameters(config), config, perturbed).data()).slice();
  };
  await tf.setBackend('cpu');
  const expected = await run();
  await tf.setBackend('wasm');
  expect(tf.getBackend()).toBe('wasm');
  expectClose(await run(), expected, 1e-4);
});
