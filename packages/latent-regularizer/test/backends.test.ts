import { createRandom, flattenParameters, valueAndGrads } from '@autodrag/nn';
import { expectClose, testBackends, useTestBackend } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { latentRegularizer } from '../src/latent-regularizer.js';
import { perturbCodes } from '../src/perturb-codes.js';
import { tinyConfig, tinyParameters, tinyStatistics } from './tiny.js';

const config = tinyConfig();
const codes = (seed: number) => createRandom(seed).normalTensor([2, 5, 4]) as tf.Tensor3D;

it.each(testBackends())('computes on %s what cpu computes', async (backend) => {
  const run = async () => {
    const perturbed = perturbCodes(createRandom(8), codes(7), { statistics: tinyStatistics(), editedLayers: 2 });
    return (await latentRegularizer(tinyParameters(config), config, perturbed).data()).slice();
  };
  await useTestBackend('cpu');
  const expected = await run();
  await useTestBackend(backend);
  expectClose(await run(), expected, 1e-4);
});

// wasm alone lacks kernels for it, and cpu is what finite differences were compared with
it.each(testBackends({ except: ['cpu', 'wasm'] }))('has on %s the gradients of cpu', async (backend) => {
  const train = async () => {
    const [w, truth] = [codes(7), codes(9)];
    const { grads } = valueAndGrads(
      (parameters) => tf.mean(tf.square(tf.sub(latentRegularizer(parameters, config, w), truth))) as tf.Scalar,
      tinyParameters(config),
    );
    const entries = Object.entries(flattenParameters(grads));
    return Promise.all(entries.map(async ([name, gradient]) => ({ name, values: [...(await gradient.data())] })));
  };
  await useTestBackend('cpu');
  const expected = await train();
  await useTestBackend(backend);
  const actual = await train();
  expect(actual.map(({ name }) => name)).toEqual(expected.map(({ name }) => name));
  actual.forEach(({ values }, k) => void expectClose(values, expected[k]!.values, 1e-4));
});
