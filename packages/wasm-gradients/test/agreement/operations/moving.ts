import * as tf from '@tensorflow/tfjs';
import type { Draw } from '../draw.js';
import { type Operation, withGradients } from './case.js';
import { drawAxes } from './draw-axes.js';

/** Elements that are moved about. */
const operations: Record<string, Operation> = {};

function moving(
  name: string,
  draw: (d: Draw) => {
    shape: number[];
    options: string;
    f: (x: tf.Tensor) => tf.Tensor | tf.Tensor[];
    reference?: (x: tf.Tensor) => tf.Tensor;
  },
  gradient = true,
): void {
  operations[name] = (d) => {
    const { shape, options, f, reference } = draw(d);
    const dtype = d.dtype();
    const x = d.tensor(shape, 'special', dtype);
    const seed = d.int(0, 100);
    const work =
      gradient && dtype === 'float32'
        ? withGradients(
            (t) => {
              const r = f(t);
              return Array.isArray(r) ? (r.length === 0 ? tf.zeros([0]) : r[r.length - 1]!) : r;
            },
            [x],
            seed,
          )
        : () => f(x());
    return {
      describe: `[${shape}] ${options} ${dtype}`,
      work,
      signed: true,
      ...(reference && { reference: () => reference(x()) }),
    };
  };
}
moving('slice', (d) => {
  const shape = d.shape(1, 5, 4);
  const begin = shape.map((size) => d.int(0, Math.max(0, size - 1)));
  const size = shape.map((length, axis) =>
    d.int(0, 5) === 0 ? -1 : d.int(0, length - Math.min(length, begin[axis]!)),
  );
  return { shape, options: `${begin} ${size}`, f: (x) => tf.slice(x, begin, size) };
});
moving(
  'stridedSlice',
  (d) => {
    const shape = d.shape(1, 4);
    const begin = shape.map((size) => d.int(-size, size));
    const end = shape.map((size) => d.int(-size, size));
    const strides = shape.map(() => d.pick(1, 2, 3, -1, -2));
    const f = (x: tf.Tensor) => tf.stridedSlice(x, begin, end, strides);
    // the cpu backend throws where nothing is left
    const reference = (x: tf.Tensor) =>
      shape.reduce(
        (rest, size, axis) =>
          tf.gather(rest, tf.tensor1d(positions(begin[axis]!, end[axis]!, strides[axis]!, size), 'int32'), axis),
        x,
      );
    return { shape, options: `${begin} ${end} ${strides}`, f, reference };
  },
  false,
);
/** The indices of Python's slice. */
function positions(begin: number, end: number, stride: number, size: number): number[] {
  const clip = (at: number) =>
    Math.min(stride > 0 ? size : size - 1, Math.max(stride > 0 ? 0 : -1, at < 0 ? at + size : at));
  const indices: number[] = [];
  for (let at = clip(begin); stride > 0 ? at < clip(end) : at > clip(end); at += stride) indices.push(at);
  return indices;
}
moving('concat', (d) => {
  const shape = d.shape(1, 4);
  const axis = d.int(0, shape.length - 1);
  const times = d.int(1, 3);
  return {
    shape,
    options: `axis ${axis} ${times}`,
    f: (x) =>
      tf.concat(
        Array.from({ length: times }, () => x),
        axis,
      ),
  };
});
moving('split', (d) => {
  const shape = d.shape(1, 4, 6);
  const axis = d.int(0, shape.length - 1);
  const first = d.int(0, shape[axis]!);
  const sizes = [first, shape[axis]! - first];
  return { shape, options: `axis ${axis} ${sizes}`, f: (x) => tf.split(x, sizes, axis) };
});
moving('stack', (d) => {
  const shape = d.shape(0, 3);
  const axis = d.int(0, shape.length);
  return { shape, options: `axis ${axis}`, f: (x) => tf.stack([x, x], axis) };
});
moving('unstack', (d) => {
  const shape = d.shape(1, 4).map((size) => Math.max(1, size));
  const axis = d.int(0, shape.length - 1);
  return { shape, options: `axis ${axis}`, f: (x) => tf.unstack(x, axis) };
});
moving('tile', (d) => {
  const shape = d.shape(1, 4, 4);
  const reps = shape.map(() => d.pick(1, 1, 2, 3, 0));
  return { shape, options: `${reps}`, f: (x) => tf.tile(x, reps) };
});
moving('broadcastTo', (d) => {
  const target = d.shape(0, 4);
  const shape = target.map((size) => (d.int(0, 1) === 0 ? 1 : size));
  return { shape, options: `to ${target}`, f: (x) => tf.broadcastTo(x, target) };
});
moving('pad', (d) => {
  const shape = d.shape(1, 4);
  const paddings = shape.map(() => [d.int(0, 2), d.int(0, 2)] as [number, number]);
  const value = d.pick(0, 1);
  return { shape, options: `${paddings} ${value}`, f: (x) => tf.pad(x, paddings, value) };
});
moving('mirrorPad', (d) => {
  const shape = d.shape(1, 4).map((size) => Math.max(1, size));
  const mode = d.pick<'reflect' | 'symmetric'>('reflect', 'symmetric');
  const most = (size: number) => Math.min(2, mode === 'reflect' ? size - 1 : size);
  const paddings = shape.map((size) => [d.int(0, most(size)), d.int(0, most(size))] as [number, number]);
  return { shape, options: `${paddings} ${mode}`, f: (x) => tf.mirrorPad(x, paddings, mode) };
});
moving('reverse', (d) => {
  const shape = d.shape(1, 4);
  const axes = drawAxes(d, shape.length);
  return { shape, options: `${axes}`, f: (x) => tf.reverse(x, axes) };
});
moving('transpose', (d) => {
  const shape = d.shape(0, 5, 4);
  const order = shape
    .map((_, axis) => ({ axis, key: d.int(0, 99) }))
    .sort((a, b) => a.key - b.key)
    .map(({ axis }) => axis);
  return { shape, options: `${order}`, f: (x) => tf.transpose(x, order) };
});
moving('gather', (d) => {
  const shape = d.shape(1, 4).map((size) => Math.max(1, size));
  const axis = d.int(0, shape.length - 1);
  const indices = d.shape(0, 2, 4);
  const count = indices.reduce((product, size) => product * size, 1);
  const at = d.given(
    indices,
    Array.from({ length: count }, () => d.int(0, shape[axis]! - 1)),
    'int32',
  );
  return { shape, options: `axis ${axis} indices [${indices}]`, f: (x) => tf.gather(x, at() as tf.Tensor1D, axis) };
});
moving(
  'gatherND',
  (d) => {
    const shape = d.shape(1, 3).map((size) => Math.max(1, size));
    const depth = d.int(1, shape.length);
    const count = d.int(1, 4);
    const at = d.given(
      [count, depth],
      Array.from({ length: count }, () => shape.slice(0, depth).map((size) => d.int(0, size - 1))).flat(),
      'int32',
    );
    return { shape, options: `depth ${depth}`, f: (x) => tf.gatherND(x, at()) };
  },
  false,
);
moving('reshape', (d) => {
  const shape = d.shape(0, 4);
  return { shape, options: '', f: (x) => tf.reshape(x, [...shape].reverse()) };
});
moving('spaceToBatchND', (d) => {
  const block = [d.int(1, 3), d.int(1, 2)];
  const shape = [d.int(1, 2), block[0]! * d.int(1, 3), block[1]! * d.int(1, 3), d.int(1, 3)];
  return {
    shape,
    options: `${block}`,
    f: (x) =>
      tf.spaceToBatchND(x, block, [
        [0, 0],
        [0, 0],
      ]),
  };
});
moving('batchToSpaceND', (d) => {
  const block = [d.int(1, 3), d.int(1, 2)];
  const shape = [block[0]! * block[1]! * d.int(1, 2), d.int(1, 3), d.int(1, 3), d.int(1, 3)];
  const crops = [
    [d.int(0, 1) && shape[1]! * block[0]! > 1 ? 1 : 0, 0],
    [0, 0],
  ];
  return { shape, options: `${block} ${crops}`, f: (x) => tf.batchToSpaceND(x, block, crops) };
});
moving(
  'depthToSpace',
  (d) => {
    const block = d.int(2, 3);
    const shape = [d.int(1, 2), d.int(1, 3), d.int(1, 3), block * block * d.int(1, 2)];
    return { shape, options: `${block}`, f: (x) => tf.depthToSpace(x as tf.Tensor4D, block) };
  },
  false,
);
moving(
  'flipLeftRight',
  (d) => {
    const shape = [d.int(1, 2), d.int(1, 4), d.int(1, 4), d.int(1, 3)];
    return { shape, options: '', f: (x) => tf.image.flipLeftRight(x as tf.Tensor4D) };
  },
  false,
);
moving(
  'diag',
  (d) => {
    const shape = d.shape(1, 2, 3);
    return { shape, options: '', f: (x) => tf.diag(x) };
  },
  false,
);

export { operations as moving };
