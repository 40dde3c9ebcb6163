import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { describeOnBackends, useBackend } from '../../test/backends.js';
import { createRandom } from '../random/random.js';
import { expectClose, expectNoLeak } from '../testing/index.js';
import { stepOnHost, stepOnVectors } from './adam-step.js';

describeOnBackends('adam step', (backend) => {
  beforeAll(() => useBackend(backend));

  // libtensorflow's memory is out of reach
  const onHost = backend !== 'node';

  test.runIf(onHost).each([
    { name: 'one rate', rates: [0.1, 0.1, 0.1, 0.1], clipNorm: 1, beta1: 0.9 },
    { name: 'several rates', rates: [0.1, 0.2, 0.2, 0], clipNorm: undefined, beta1: 0.9 },
    { name: 'no momentum, no clipping needed', rates: [0.1, 0.2, 0.1, 0.2], clipNorm: 1e6, beta1: 0 },
  ])('host and vectors agree: $name', ({ rates, clipNorm, beta1 }) => {
    const random = createRandom(1);
    const shapes = [[2, 3], [4], [], [1, 2, 1, 5]];
    const parameters = shapes.map((shape) => random.normalTensor(shape));
    const grads = shapes.map((shape) => random.normalTensor(shape, 3));
    const state = {
      step: tf.scalar(3),
      m: random.normalTensor([21]) as tf.Tensor1D,
      v: tf.square(random.normalTensor([21])) as tf.Tensor1D,
    };
    const options = { beta1, beta2: 0.99, epsilon: 1e-8, clipNorm, rates };
    const host = stepOnHost(parameters, grads, state, options);
    const vectors = tf.tidy(() => stepOnVectors(parameters, grads, state, options));
    expect(host.length).toBe(8);
    host.forEach((tensor, index) => {
      expectClose(tensor, vectors[index]!, 1e-5);
    });
    expectNoLeak(() => stepOnHost(parameters, grads, state, options));
    expectNoLeak(() => tf.tidy(() => stepOnVectors(parameters, grads, state, options)));
  });

  test('one parameter alone', () => {
    const parameters = [tf.tensor1d([1, 2])];
    const grads = [tf.tensor1d([3, -4])];
    const state = { step: tf.scalar(0), m: tf.zeros([2]) as tf.Tensor1D, v: tf.zeros([2]) as tf.Tensor1D };
    const options = { beta1: 0, beta2: 0, epsilon: 1e-8, clipNorm: undefined, rates: [0.5] };
    for (const step of onHost ? [stepOnHost, stepOnVectors] : [stepOnVectors]) {
      const [norm, , , , next] = tf.tidy(() => step(parameters, grads, state, options));
      expectClose(norm!, 5);
      expectClose(next!, [0.5, 2.5]);
    }
    expect(parameters[0]!.isDisposed).toBe(false);
  });
});
