// biome-ignore-all lint/performance/noDynamicNamespaceImportAccess: operations are looked up by their names
import * as tf from '@tensorflow/tfjs';
import { type Operation, upstream, withGradients } from './case.js';

/** Normalisation and images. */
const operations: Record<string, Operation> = {};

operations.batchNorm = (d) => {
  const shape = d.shape(2, 4);
  const c = [shape.at(-1)!];
  const x = d.tensor(shape, d.pick('whole', 'special'));
  const [mean, offset, scale] = [d.tensor(c, 'whole'), d.tensor(c, 'whole'), d.tensor(c, 'whole')];
  const variance = d.tensor(c, 'real');
  return {
    describe: `[${shape}]`,
    work: withGradients(
      (t, m, o, s, v) =>
        tf.batchNorm(t, m as tf.Tensor1D, tf.abs(v!) as tf.Tensor1D, o as tf.Tensor1D, s as tf.Tensor1D),
      [x, mean, offset, scale, variance],
      d.int(0, 100),
    ),
    tolerance: 1e-3,
  };
};
operations.localResponseNormalization = (d) => {
  const shape = [d.int(1, 2), d.int(1, 3), d.int(1, 3), d.int(1, 6)];
  const x = d.tensor(shape, d.pick('whole', 'special'));
  const radius = d.int(0, 4);
  return {
    describe: `[${shape}] ${radius}`,
    work: withGradients(
      (t) => tf.localResponseNormalization(t as tf.Tensor4D, radius, 1, 0.5, 0.7),
      [x],
      d.int(0, 100),
    ),
    tolerance: 1e-4,
  };
};
/** The transpose of the matrix of a linear `f`, times dy: its gradient, from nothing but its values. */
function adjoint(f: (x: tf.Tensor) => tf.Tensor, shape: number[], dy: tf.Tensor): tf.Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  const parts = Array.from({ length: size }, (_, i) => {
    const unit = tf.tensor(
      Float32Array.from({ length: size }, (_, j) => (i === j ? 1 : 0)),
      shape,
    );
    return tf.sum(tf.mul(f(unit), dy));
  });
  return tf.reshape(tf.stack(parts), shape);
}
for (const name of ['resizeBilinear', 'resizeNearestNeighbor'] as const) {
  operations[name] = (d) => {
    const shape = [d.int(1, 2), d.int(1, 5), d.int(1, 4), d.int(1, 2)];
    const size: [number, number] = [d.int(1, 9), d.int(1, 9)];
    const alignCorners = d.pick(false, true);
    const half = !alignCorners && d.pick(false, true);
    const x = d.tensor(shape, d.pick('whole', 'special'));
    const f = (t: tf.Tensor) => tf.image[name](t as tf.Tensor4D, size, alignCorners, half);
    const seed = d.int(0, 100);
    // the cpu backend's gradient does not end where x has one row, has the wrong shape, or forgets halfPixelCenters
    const reference = () => [f(x()), adjoint(f, shape, upstream(f(x()).shape, seed))];
    return {
      describe: `[${shape}] to ${size} ${alignCorners} ${half}`,
      work: withGradients(f, [x], seed),
      reference,
      tolerance: 1e-4,
    };
  };
}
operations.cropAndResize = (d) => {
  const shape = [d.int(1, 2), d.int(1, 5), d.int(1, 5), d.int(1, 3)];
  const x = d.tensor(shape, 'whole');
  const boxes = d.given(
    [2, 4],
    Array.from({ length: 8 }, () => d.int(0, 8) / 8),
    'float32',
  );
  const at = d.given([2], [0, shape[0]! - 1], 'int32');
  const size: [number, number] = [d.int(1, 5), d.int(1, 5)];
  const method = d.pick<'bilinear' | 'nearest'>('bilinear', 'nearest');
  return {
    describe: `[${shape}] to ${size} ${method}`,
    work: () =>
      tf.image.cropAndResize(x() as tf.Tensor4D, boxes() as tf.Tensor2D, at() as tf.Tensor1D, size, method, 7),
    tolerance: 1e-4,
  };
};
operations.rotateWithOffset = (d) => {
  const shape = [d.int(1, 2), d.int(1, 5), d.int(1, 5), d.int(1, 3)];
  const x = d.tensor(shape, 'whole');
  const angle = d.int(0, 6);
  return {
    describe: `[${shape}] ${angle}`,
    work: () => tf.image.rotateWithOffset(x() as tf.Tensor4D, angle, 0, 0.5),
    tolerance: 1e-4,
  };
};

export { operations as images };
