import * as tf from '@tensorflow/tfjs';
import { type Operation, rounding, upstream, withGradients } from './case.js';

/** By indices, and their opposite. */
const operations: Record<string, Operation> = {};

operations.oneHot = (d) => {
  const shape = d.shape(0, 3);
  const depth = d.int(1, 5);
  const indices = d.tensor(shape, 'whole', 'int32');
  return { describe: `[${shape}] ${depth}`, work: () => tf.oneHot(indices() as tf.Tensor1D, depth, 5, -2) };
};
operations.topk = (d) => {
  const shape = d.shape(1, 3).map((size) => Math.max(1, size));
  const x = d.tensor(shape, 'whole', d.pick<'float32' | 'int32'>('float32', 'int32'));
  const k = d.int(1, shape.at(-1)!);
  return {
    describe: `[${shape}] ${k}`,
    work: () => {
      const { values, indices } = tf.topk(x(), k);
      return [values, indices];
    },
  };
};
operations.unsortedSegmentSum = (d) => {
  const shape = d.shape(1, 4);
  const dtype = d.pick<'float32' | 'int32'>('float32', 'int32');
  const x = d.tensor(shape, 'special', dtype);
  const segments = d.int(1, 5);
  const ids = d.given(
    [shape[0]!],
    Array.from({ length: shape[0]! }, () => d.int(-2, segments - 1)),
    'int32',
  );
  const seed = d.int(0, 100);
  const f = (t: tf.Tensor) => tf.unsortedSegmentSum(t, ids() as tf.Tensor1D, segments);
  // the cpu backend returns float32 for whole numbers, and spreads NaN to all segments
  const reference = () => {
    const inner = shape.slice(1);
    const rows = tf.unstack(shape[0] === 0 ? tf.zeros([1, ...inner], dtype) : x());
    const at = [...ids().dataSync()];
    const sums = Array.from({ length: segments }, (_, segment) =>
      rows.filter((_, j) => at[j] === segment).reduce((sum, row) => tf.add(sum, row), tf.zeros(inner, dtype)),
    );
    const dy = tf.unstack(upstream([segments, ...inner], seed));
    const gradient = () => (shape[0] === 0 ? tf.zeros(shape) : tf.stack(at.map((id) => dy[id] ?? tf.zeros(inner))));
    return [tf.stack(sums), ...(dtype === 'float32' ? [gradient()] : [])];
  };
  return {
    describe: `[${shape}] ${segments} ${dtype}`,
    reference,
    work: dtype === 'float32' ? withGradients(f, [x], seed) : () => f(x()),
  };
};
operations.scatterND = (d) => {
  const dtype = d.pick<'float32' | 'int32'>('float32', 'int32');
  const rest = d.shape(0, 2, 3);
  const [length, count] = [d.int(1, 5), d.int(1, 4)];
  const at = d.given(
    [count, 1],
    Array.from({ length: count }, () => d.int(0, length - 1)),
    'int32',
  );
  const updates = d.tensor([count, ...rest], 'special', dtype);
  return {
    describe: `${count} of [${rest}] into ${length} ${dtype}`,
    work: () => tf.scatterND(at(), updates(), [length, ...rest]),
  };
};
operations.tensorScatterUpdate = (d) => {
  const rest = d.shape(0, 2, 3);
  const length = d.int(1, 5);
  const count = d.int(1, length);
  const at = d.given(
    [count, 1],
    Array.from({ length: count }, (_, i) => i),
    'int32',
  );
  const [x, updates] = [d.tensor([length, ...rest]), d.tensor([count, ...rest])];
  return { describe: `${count} of [${rest}] into ${length}`, work: () => tf.tensorScatterUpdate(x(), at(), updates()) };
};
operations.fillAndRange = (d) => {
  const shape = d.shape(0, 4);
  const dtype = d.dtype();
  const [start, stop, step] = [d.int(-5, 5), d.int(-5, 5), d.pick(1, 2, -1, 0.5)];
  return {
    describe: `[${shape}] ${dtype} ${start} ${stop} ${step}`,
    work: () => [
      tf.fill(shape, 1, dtype),
      tf.zeros(shape, dtype),
      tf.range(start, stop, step),
      tf.linspace(start, stop, 4),
    ],
    tolerance: rounding,
  };
};

export { operations as indices };
