import * as tf from '@tensorflow/tfjs';
import { expect, test, vi } from 'vitest';
import { GradientsNotRegisteredError, InvalidArgumentError, ShapeError } from '../errors/errors.js';
import { expectClose, expectNoLeak } from '../testing/index.js';
import { disposeParameters } from '../tree/dispose-parameters.js';
import { assertGradientsRegistered } from './assert-gradients-registered.js';
import { valueAndGrads } from './value-and-grads.js';

type P = { readonly a: tf.Tensor; readonly inner: { readonly b: tf.Tensor }; readonly unused: tf.Tensor };
const parameters = (): P => ({ a: tf.tensor1d([1, 2]), inner: { b: tf.scalar(3) }, unused: tf.ones([2, 2]) });

test('value and gradients by hand; zeros where unconnected', () => {
  const p = parameters();
  // f = b Σ a²: df/da = 2 a b, df/db = Σ a²
  const { value, grads } = valueAndGrads((p) => tf.mul(p.inner.b, tf.sum(tf.square(p.a))), p);
  expectClose(value, 15);
  expectClose(grads.a, [6, 12]);
  expectClose(grads.inner.b, 5);
  expectClose(grads.unused, tf.zeros([2, 2]));
});

test('no tensor is left over, and the parameters live on', () => {
  const p = parameters();
  expectNoLeak(() => {
    const { value, grads } = valueAndGrads((p) => tf.sum(tf.exp(tf.mul(p.a, p.inner.b))), p);
    value.dispose();
    disposeParameters(grads);
  });
  expect(p.a.isDisposed).toBe(false);
});

test('the value may be a parameter, a constant, or a tensor from outside', () => {
  const p = parameters();
  const outside = tf.scalar(7);
  expectNoLeak(() => {
    const own = valueAndGrads((p) => p.inner.b, p);
    expectClose(own.grads.inner.b, 1);
    own.value.dispose();
    disposeParameters(own.grads);
    expect(p.inner.b.isDisposed).toBe(false);

    const constant = valueAndGrads(() => outside, p);
    expectClose(constant.value, 7);
    expectClose(constant.grads.a, [0, 0]);
    constant.value.dispose();
    disposeParameters(constant.grads);
  });
  expect(outside.isDisposed).toBe(false);
});

test('inside a tidy its results belong to the tidy', () => {
  const p = parameters();
  expectNoLeak(() => tf.tidy(() => tf.clone(valueAndGrads((p) => tf.sum(p.a), p).grads.a)));
});

test('an exception in f, or on the way back, leaks nothing and leaves tfjs usable', () => {
  const p = parameters();
  expectNoLeak(() => {
    expect(() =>
      valueAndGrads((p) => {
        tf.square(tf.exp(p.a));
        throw new Error('mine');
      }, p),
    ).toThrow('mine');
    expect(() =>
      // topk has no gradient
      valueAndGrads((p) => tf.sum(tf.topk(tf.square(p.a), 1).values), p),
    ).toThrow('gradient');
  });
  const { grads } = valueAndGrads((p) => tf.sum(p.a), p);
  expectClose(grads.a, [1, 1]);
});

test('no scalar, no tensors, one tensor twice', () => {
  const p = parameters();
  expect(() => valueAndGrads((p) => p.a, p)).toThrow(
    new ShapeError('valueAndGrads: f must return a scalar, got [2]. Reduce with tf.mean or tf.sum.'),
  );
  expect(() => valueAndGrads(() => tf.scalar(1), {})).toThrow(InvalidArgumentError);
  const shared = { a: p.a, b: { c: p.a } };
  expect(() => valueAndGrads((p) => tf.sum(p.a), shared)).toThrow("'a' and 'b.c' are the same tensor");
});

test('gradients of a function used inside another gradient', () => {
  // d/dx of (d/dx x³)² at 2: 2 · 3x² · 6x = 36 x³
  const x = tf.scalar(2);
  const { grads } = valueAndGrads((p) => tf.square(tf.grad((y: tf.Tensor) => tf.pow(y, 3))(p.x)), { x });
  expectClose(grads.x, 288, 1e-4);
});

test('a missing registration is an error with a way out', () => {
  const spy = vi.spyOn(console, 'warn').mockImplementation(() => {});
  expect(() => assertGradientsRegistered('trainPredictor')).not.toThrow();
  const config = tf.getGradient('Multiply');
  tf.unregisterGradient('Multiply');
  expect(() => assertGradientsRegistered('trainPredictor')).toThrow(
    new GradientsNotRegisteredError(
      "trainPredictor: no gradients are registered. Import '@tensorflow/tfjs' before training.",
    ),
  );
  tf.registerGradient(config);
  spy.mockRestore();
});
