// biome-ignore-all lint/performance/noDynamicNamespaceImportAccess: operations are looked up by their names
import * as tf from '@tensorflow/tfjs';
import { exact, type Operation, rounding, withGradients } from './case.js';
import { drawAxes } from './draw-axes.js';

/** Over axes. */
const operations: Record<string, Operation> = {};

type OfNothing = (
  shape: number[],
  axes: number[] | undefined,
  keepDims: boolean,
  dtype: 'float32' | 'int32' | 'bool',
) => tf.Tensor;
const filled =
  (identity: number, whole: number): OfNothing =>
  (shape, axes, keepDims, dtype) => {
    const sum = tf.sum(tf.zeros(shape), axes, keepDims);
    return tf.fill(
      sum.shape,
      dtype === 'float32' ? identity : dtype === 'int32' ? whole : Math.sign(whole) === 1 ? 1 : 0,
      dtype,
    );
  };
const ofNothing = {
  max: filled(Number.NEGATIVE_INFINITY, -(2 ** 31)),
  min: filled(Number.POSITIVE_INFINITY, 2 ** 31 - 1),
  logSumExp: filled(Number.NEGATIVE_INFINITY, 0),
  mean: ((shape, axes, keepDims) => tf.fill(tf.sum(tf.zeros(shape), axes, keepDims).shape, Number.NaN)) as OfNothing,
  all: ((shape, axes, keepDims) => tf.fill(tf.sum(tf.zeros(shape), axes, keepDims).shape, 1, 'bool')) as OfNothing,
};
for (const name of ['sum', 'mean', 'prod', 'max', 'min', 'logSumExp'] as const) {
  operations[name] = (d) => {
    const shape = d.shape(0, 4, d.pick(4, 6, 11));
    const dtype =
      name === 'logSumExp' || name === 'prod'
        ? 'float32'
        : d.pick<'float32' | 'int32' | 'bool'>('float32', 'float32', 'int32', 'bool');
    const axes = drawAxes(d, shape.length);
    const keepDims = d.pick(false, true);
    const x = d.tensor(shape, d.pick('special', 'special', 'whole'), dtype);
    const f = (t: tf.Tensor) => tf[name](t, axes, keepDims);
    const seed = d.int(0, 100);
    const nothing = shape.includes(0);
    const gradient = dtype === 'float32' && name !== 'prod' && !nothing;
    // of nothing, the cpu backend has the mean 0 and the maximum NaN (whole numbers: 0)
    const reference = nothing &&
      name in ofNothing && { reference: () => ofNothing[name as 'max'](shape, axes, keepDims, dtype) };
    return {
      describe: `[${shape}] axes ${axes} ${keepDims} ${dtype}`,
      work: gradient ? withGradients(f, [x], seed) : () => f(x()),
      ...reference,
      tolerance: exact.has(name) ? 0 : rounding,
    };
  };
}
for (const name of ['all', 'any'] as const) {
  operations[name] = (d) => {
    const x = d.tensor(d.shape(0, 4), 'whole', 'bool');
    const axes = drawAxes(d, x.shape.length);
    const keepDims = d.pick(false, true);
    const reference = name === 'all' &&
      x.shape.includes(0) && { reference: () => ofNothing.all(x.shape, axes, keepDims, 'bool') };
    return { describe: `[${x.shape}] ${axes} ${keepDims}`, work: () => tf[name](x(), axes, keepDims), ...reference };
  };
}
for (const name of ['argMax', 'argMin'] as const) {
  operations[name] = (d) => {
    const dtype = d.dtype();
    const x = d.tensor(d.shape(1, 4), d.pick('whole', 'special'), dtype);
    const axis = d.int(0, x.shape.length - 1);
    return { describe: `[${x.shape}] ${axis} ${dtype}`, work: () => tf[name](x(), axis) };
  };
}
for (const name of ['cumsum', 'cumprod'] as const) {
  operations[name] = (d) => {
    const dtype = d.pick<'float32' | 'int32'>('float32', 'int32');
    const x = d.tensor(d.shape(1, 4), 'special', dtype);
    const axis = d.int(0, x.shape.length - 1);
    const [exclusive, reverse] = [d.pick(true, false), d.pick(true, false)];
    const f = (t: tf.Tensor) => tf[name](t, axis, exclusive, reverse);
    const seed = d.int(0, 100);
    return {
      describe: `[${x.shape}] ${axis} ${exclusive} ${reverse} ${dtype}`,
      work: name === 'cumsum' && dtype === 'float32' ? withGradients(f, [x], seed) : () => f(x()),
    };
  };
}
for (const name of ['softmax', 'logSoftmax'] as const) {
  operations[name] = (d) => {
    const x = d.tensor(d.shape(1, 4), d.pick('whole', 'special'));
    return {
      describe: `[${x.shape}]`,
      work: withGradients((t) => tf[name](t), [x], d.int(0, 100)),
      tolerance: rounding,
    };
  };
}
operations.norm = (d) => {
  const x = d.tensor(d.shape(1, 3), d.pick('real', 'special'));
  const [order, axis] = [d.pick<1 | 2 | 'euclidean'>(1, 2, 'euclidean'), d.int(0, x.shape.length - 1)];
  return {
    describe: `[${x.shape}] ${order} ${axis}`,
    work: withGradients((t) => tf.norm(t, order, axis), [x], d.int(0, 100)),
    tolerance: 1e-4,
  };
};
operations.moments = (d) => {
  const x = d.tensor(d.shape(1, 4), d.pick('real', 'special'));
  const axis = d.int(0, x.shape.length - 1);
  return {
    describe: `[${x.shape}] ${axis}`,
    work: withGradients((t) => tf.moments(t, axis).variance, [x], d.int(0, 100)),
    tolerance: 1e-4,
  };
};

export { operations as reductions };
