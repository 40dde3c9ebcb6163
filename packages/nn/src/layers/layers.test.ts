import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { describeOnBackends, useBackend } from '../../test/backends.js';
import { valueAndGrads } from '../gradients/value-and-grads.js';
import { createRandom } from '../random/random.js';
import { checkGradient, expectClose, expectNoLeak } from '../testing/index.js';
import { disposeParameters } from '../tree/dispose-parameters.js';
import { gelu } from './gelu.js';
import { createLayerNorm, layerNorm, normalizeOnDevice, normalizeOnHost } from './layer-norm.js';
import { createLinear, linear } from './linear.js';
import { createMlp, mlp } from './mlp.js';

describeOnBackends('layers', (backend) => {
  beforeAll(() => useBackend(backend));

  test('linear by hand, over any number of leading axes', () => {
    const p = {
      weight: tf.tensor2d([
        [1, 2, 3],
        [4, 5, 6],
      ]),
      bias: tf.tensor1d([0.5, 0, -0.5]),
    };
    const expected = [9.5, 12, 14.5];
    for (const shape of [[2], [1, 2], [1, 1, 2]]) {
      const y = linear(p, tf.tensor([1, 2], shape));
      expect(y.shape).toEqual([...shape.slice(0, -1), 3]);
      expectClose(y, expected);
    }
    expectClose(linear({ weight: p.weight }, tf.tensor2d([[1, 2]])), [9, 12, 15]);
    expect(() => linear(p, tf.zeros([2, 3]))).toThrow('linear: x: expected [..., 2], got [2, 3]');
    const x = tf.zeros([2, 2, 2]);
    expectNoLeak(() => linear(p, x));
  });

  test('linear gradient', () => {
    const random = createRandom(1);
    const inputs = [random.normalTensor([2, 3, 4]), random.normalTensor([4, 2]), random.normalTensor([2])];
    checkGradient((x, w, b) => linear({ weight: w as tf.Tensor2D, bias: b as tf.Tensor1D }, x!), inputs);
    checkGradient((x, w) => linear({ weight: w as tf.Tensor2D }, x!), inputs.slice(0, 2));
  });

  test('gelu: known values, far ends, gradient', () => {
    // scipy's and jax's tanh form
    const x = tf.tensor1d([-3, -1, -0.5, 0, 0.5, 1, 3]);
    const u = (v: number) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)));
    expectClose(gelu(x), [-3, -1, -0.5, 0, 0.5, 1, 3].map(u), 1e-6);
    expectClose(gelu(tf.scalar(1)), 0.841192, 1e-5);
    expectClose(gelu(tf.tensor1d([-100, 100, -1e4, 1e4])), [0, 100, 0, 1e4]);
    expectClose(tf.grad((x: tf.Tensor) => gelu(x))(tf.tensor1d([-100, 100, 0])), [0, 1, 0.5]);
    checkGradient((x) => gelu(x!), [createRandom(2).normalTensor([2, 3, 4], 1.5)]);
    expectNoLeak(() => gelu(x));
    expectNoLeak(() =>
      tf
        .grad((x: tf.Tensor) => gelu(gelu(x)))(x)
        .dispose(),
    );
  });

  test('layer norm by hand, and gradient', () => {
    const p = { scale: tf.tensor1d([1, 2, 1]), offset: tf.tensor1d([0, 0, 1]) };
    // [1, 2, 3]: mean 2, variance 2/3
    const root = Math.sqrt(1.5);
    expectClose(layerNorm(p, tf.tensor3d([[[1, 2, 3]]]), { epsilon: 0 }), [-root, 0, root + 1]);
    const random = createRandom(3);
    const run = (x: tf.Tensor, s: tf.Tensor, o: tf.Tensor) =>
      layerNorm({ scale: s as tf.Tensor1D, offset: o as tf.Tensor1D }, x);
    checkGradient(
      (x, s, o) => run(x!, s!, o!),
      [random.normalTensor([2, 3, 5]), random.normalTensor([5]), random.normalTensor([5])],
    );
    checkGradient((x, s, o) => run(x!, s!, o!), [random.normalTensor([3, 4]), tf.ones([4]), tf.zeros([4])]);
    expect(() => layerNorm(p, tf.zeros([4]))).toThrow('layerNorm: x: expected [..., 3], got [4]');
    const x = tf.zeros([2, 2, 3]);
    expectNoLeak(() => layerNorm(p, x));
  });

  test('layer norm of a constant row is the offset; a large common offset does no harm', () => {
    const p = createLayerNorm(4);
    expectClose(layerNorm(p, tf.fill([2, 4], 7)), tf.zeros([2, 4]));
    const small = tf.tensor2d([[1, 2, 3, 4]]);
    expectClose(layerNorm(p, tf.add(small, 1000)), layerNorm(p, small), 1e-3);
  });

  test('gradients as the automatic ones of the plain formula', () => {
    const random = createRandom(4);
    const x = random.normalTensor([6, 8]);
    const p = { scale: random.normalTensor([8]) as tf.Tensor1D, offset: random.normalTensor([8]) as tf.Tensor1D };
    const plain = (q: typeof p & { x: tf.Tensor }) => {
      const { mean, variance } = tf.moments(q.x, 1, true);
      return tf.add(tf.mul(tf.div(tf.sub(q.x, mean), tf.sqrt(tf.add(variance, 1e-5))), q.scale), q.offset);
    };
    const loss = (y: tf.Tensor) => tf.sum(tf.mul(tf.sin(y), y));
    const fast = valueAndGrads((q) => loss(layerNorm(q, q.x)), { ...p, x });
    const slow = valueAndGrads((q) => loss(plain(q)), { ...p, x });
    expectClose(fast.value, slow.value, 1e-4);
    for (const name of ['x', 'scale', 'offset'] as const) expectClose(fast.grads[name], slow.grads[name], 1e-4);
  });

  // libtensorflow's memory is out of reach of loops
  test.runIf(backend !== 'node')('layer norm by loops and by kernels agree, forward and backward', () => {
    const random = createRandom(8);
    const inputs = [random.normalTensor([5, 7], 3), random.normalTensor([7]), random.normalTensor([7])] as const;
    const dy = random.normalTensor([5, 7]);
    const [host, device] = [normalizeOnHost(1e-5), normalizeOnDevice(1e-5)].map((f) => [
      f(...inputs),
      ...tf.grads((x: tf.Tensor, s: tf.Tensor, o: tf.Tensor) => f(x, s, o))([...inputs], dy),
    ]) as [tf.Tensor[], tf.Tensor[]];
    host.forEach((tensor, index) => {
      expectClose(tensor, device[index]!, 1e-5);
    });
    checkGradient((x, s, o) => normalizeOnDevice(1e-5)(x!, s!, o!), inputs);
    expectNoLeak(() => tf.grad((x: tf.Tensor) => normalizeOnHost(1e-5)(x, inputs[1], inputs[2]))(inputs[0], dy));
  });

  test('mlp: gradient, activations, sizes', () => {
    const random = createRandom(5);
    const p = createMlp(random, [3, 6, 2]);
    const x = random.normalTensor([4, 3]);
    checkGradient((x) => mlp(p, x!), [x]);
    checkGradient((x) => mlp(p, x!, { activation: 'tanh' }), [x]);
    const [a, b] = p.layers as [(typeof p.layers)[0], (typeof p.layers)[0]];
    expectClose(mlp(p, x, { activation: 'relu' }), linear(b, tf.relu(linear(a, x))));
    expectClose(mlp(p, x, { activation: tf.sin }), linear(b, tf.sin(linear(a, x))));
    expect(() => createMlp(random, [3])).toThrow('createMlp: sizes: expected input and output at least, got [3]');
    expectNoLeak(() => mlp(p, x));
  });

  test('gradients of stacked layers leak nothing', () => {
    const random = createRandom(6);
    const p = { norm: createLayerNorm(3), mlp: createMlp(random, [3, 6, 3]) };
    const x = random.normalTensor([4, 3]);
    expectNoLeak(() => {
      const { value, grads } = valueAndGrads((p) => tf.mean(tf.square(mlp(p.mlp, layerNorm(p.norm, x)))), p);
      value.dispose();
      disposeParameters(grads);
    });
  });

  test('initial sizes', () => {
    const random = createRandom(7);
    const p = createLinear(random, 400, 100);
    expectClose(tf.moments(p.weight).variance, 1 / 400, 1e-3);
    expectClose(p.bias!, tf.zeros([100]));
    expect(createLinear(random, 2, 2, { bias: false }).bias).toBeUndefined();
  });
});
