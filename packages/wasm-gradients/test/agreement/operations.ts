// biome-ignore-all lint/performance/noDynamicNamespaceImportAccess: operations are looked up by their names
import * as tf from '@tensorflow/tfjs';
import type { Work } from './compare.js';
import { type Draw, type Input, mulberry32 } from './draw.js';

/** One drawn case: what to run on both backends. */
export type Case = {
  describe: string;
  work: Work;
  /** What the cpu backend is to run in place of `work`, where its own kernels are wrong. */
  reference?: Work;
  /** Largest difference, relative to the expected value (at least 1); none by default. */
  tolerance?: number;
  /** Whether -0 is to stay -0, as where elements are only moved. */
  signed?: boolean;
};
export type Operation = (draw: Draw) => Case;

const rounding = 2e-5;

/** The value of `f` and its gradients for a given upstream gradient of whole numbers. */
function withGradients(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: Input[], seed: number): Work {
  return () => {
    const tensors = inputs.map((input) => input());
    const value = f(...tensors);
    return [value, ...tf.grads(f)(tensors, upstream(value.shape, seed))];
  };
}

/** An upstream gradient of whole numbers. */
function upstream(shape: number[], seed: number): tf.Tensor {
  const random = mulberry32(seed);
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => Math.round(random() * 6) - 3),
    shape,
  );
}

const unaryFloat: Record<string, (x: tf.Tensor) => tf.Tensor> = Object.fromEntries(
  'abs acos acosh asin asinh atan atanh ceil cos cosh elu erf exp expm1 floor isFinite isInf isNaN log log1p logSigmoid neg reciprocal relu relu6 round rsqrt selu sigmoid sign sin sinh softplus sqrt square step tan tanh onesLike zerosLike clone'
    .split(' ')
    .map((name) => [name, (tf as unknown as Record<string, (x: tf.Tensor) => tf.Tensor>)[name]!]),
);
const unaryInt =
  'abs ceil floor neg relu relu6 round sign square step onesLike zerosLike clone isNaN isFinite isInf'.split(' ');
/** What is exact for whole numbers, with its gradient. */
const exact = new Set(
  'abs ceil floor neg relu relu6 round sign step add sub mul maximum minimum sum max min equal notEqual less lessEqual greater greaterEqual'.split(
    ' ',
  ),
);
const noGradient = new Set('isFinite isInf isNaN onesLike zerosLike erf'.split(' '));

const binary: Record<string, (x: tf.Tensor, y: tf.Tensor) => tf.Tensor> = Object.fromEntries(
  'add sub mul div divNoNan mod pow maximum minimum squaredDifference atan2 equal notEqual less lessEqual greater greaterEqual'
    .split(' ')
    .map((name) => [name, (tf as unknown as Record<string, (x: tf.Tensor, y: tf.Tensor) => tf.Tensor>)[name]!]),
);
const comparisons = 'equal notEqual less lessEqual greater greaterEqual'.split(' ');

export const operations: Record<string, Operation> = {};

for (const [name, f] of Object.entries(unaryFloat)) {
  operations[name] = (d) => {
    const dtype = unaryInt.includes(name) ? d.pick<'float32' | 'int32'>('float32', 'float32', 'int32') : 'float32';
    const x = d.tensor(d.shape(0, 4), name === 'tan' ? 'special' : d.pick('special', 'real'), dtype);
    const seed = d.int(0, 1000);
    const gradient = dtype === 'float32' && !noGradient.has(name);
    return {
      describe: `[${x.shape}] ${dtype}`,
      work: gradient ? withGradients(f, [x], seed) : () => f(x()),
      tolerance: exact.has(name) ? 0 : rounding,
    };
  };
}
for (const [name, f] of Object.entries(binary)) {
  operations[name] = (d) => {
    const dtype =
      name === 'atan2'
        ? 'float32'
        : d.pick<'float32' | 'int32' | 'bool'>(
            'float32',
            'float32',
            'int32',
            ...(comparisons.includes(name) ? ['bool' as const] : []),
          );
    const [a, b] = d.broadcastShapes();
    const kind = name === 'pow' ? 'whole' : d.pick<'special' | 'whole'>('special', 'whole'); // 1 to the NaN is 1, not in JavaScript
    const [x, y] = [d.tensor(a, kind, dtype), d.tensor(b, kind, dtype)];
    const seed = d.int(0, 1000);
    const gradient = dtype === 'float32' && !comparisons.includes(name);
    return {
      describe: `[${a}] [${b}] ${dtype}`,
      work: gradient ? withGradients(f, [x, y], seed) : () => f(x(), y()),
      tolerance: exact.has(name) ? 0 : rounding,
    };
  };
}
operations.floorDiv = (d) => {
  const dtype = d.pick<'float32' | 'int32'>('float32', 'int32');
  const [a, b] = d.broadcastShapes();
  const [x, y] = [d.tensor(a, 'whole', dtype), d.tensor(b, 'whole', dtype)];
  // the cpu backend returns int32 for floats: the definition is written out
  const divisor = () => (dtype === 'int32' ? y() : tf.add(tf.abs(y()), 1));
  const floor = () => tf.floor(tf.div(x(), divisor()));
  return {
    describe: `[${a}] [${b}] ${dtype}`,
    work: () => tf.floorDiv(x(), divisor()),
    ...(dtype === 'float32' && { reference: floor }),
  };
};
for (const name of ['logicalAnd', 'logicalOr', 'logicalXor'] as const) {
  operations[name] = (d) => {
    const [a, b] = d.broadcastShapes();
    const [x, y] = [d.tensor(a, 'whole', 'bool'), d.tensor(b, 'whole', 'bool')];
    return { describe: `[${a}] [${b}]`, work: () => tf[name](x(), y()) };
  };
}
operations.logicalNot = (d) => {
  const x = d.tensor(d.shape(0, 4), 'whole', 'bool');
  return { describe: `[${x.shape}]`, work: () => tf.logicalNot(x()) };
};
operations.cast = (d) => {
  const [from, to] = [d.dtype(), d.dtype()];
  const x = d.tensor(d.shape(0, 4), d.pick('special', 'real'), from);
  return { describe: `[${x.shape}] ${from} to ${to}`, work: () => tf.cast(x(), to) };
};
operations.clipByValue = (d) => {
  const dtype = d.pick<'float32' | 'int32'>('float32', 'int32');
  const x = d.tensor(d.shape(0, 4), 'special', dtype);
  const low = d.int(-4, 2);
  const high = low + d.int(0, 4);
  const f = (t: tf.Tensor) => tf.clipByValue(t, low, high);
  const seed = d.int(0, 100);
  return {
    describe: `[${x.shape}] ${dtype} ${low} ${high}`,
    work: dtype === 'float32' ? withGradients(f, [x], seed) : () => f(x()),
  };
};
operations.leakyRelu = (d) => {
  const x = d.tensor(d.shape(0, 4, 9));
  const alpha = d.pick(0.1, 0.2, 0, 1, 2, -0.5);
  return {
    describe: `[${x.shape}] ${alpha}`,
    work: withGradients((t) => tf.leakyRelu(t, alpha), [x], d.int(0, 100)),
    tolerance: rounding,
  };
};
operations.prelu = (d) => {
  const shape = d.shape(1, 4);
  const slope = shape.map((size) => (d.int(0, 2) === 0 ? 1 : size)).slice(d.int(0, 1) * d.int(0, shape.length));
  const [x, alpha] = [d.tensor(shape), d.tensor(slope, d.pick('whole', 'special'))];
  return { describe: `[${shape}] [${slope}]`, work: withGradients(tf.prelu, [x, alpha], d.int(0, 100)) };
};
operations.where = (d) => {
  const dtype = d.dtype();
  const [a, b] = d.broadcastShapes();
  const full = tf.broadcast_util.assertAndGetBroadcastShape(a, b);
  const condition = d.tensor(
    d.pick(
      full,
      full,
      full.map((size) => (d.int(0, 2) === 0 ? 1 : size)),
    ),
    'whole',
    'bool',
  );
  const [x, y] = [d.tensor(a, 'special', dtype), d.tensor(b, 'special', dtype)];
  const seed = d.int(0, 100);
  const f = (t: tf.Tensor, u: tf.Tensor) => tf.where(condition(), t, u);
  return {
    describe: `[${condition.shape}] [${a}] [${b}] ${dtype}`,
    work: dtype === 'float32' ? withGradients(f, [x, y], seed) : () => f(x(), y()),
  };
};
operations.addN = (d) => {
  const shape = d.shape(0, 4);
  const inputs = Array.from({ length: d.int(1, 4) }, () => d.tensor(shape));
  return {
    describe: `${inputs.length} of [${shape}]`,
    work: withGradients((...t) => tf.addN(t), inputs, d.int(0, 100)),
  };
};

// reductions

function axesOf(d: Draw, rank: number): number[] | undefined {
  if (d.int(0, 5) === 0) return undefined;
  const axes = Array.from({ length: rank }, (_, axis) => axis).filter(() => d.int(0, 1) === 0);
  return axes.map((axis) => (d.int(0, 5) === 0 ? axis - rank : axis));
}
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
    const axes = axesOf(d, shape.length);
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
    const axes = axesOf(d, x.shape.length);
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

// moving elements about

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
  const axes = axesOf(d, shape.length);
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

// products of matrices

function matrices(d: Draw): { a: Input; b: Input; transposeA: boolean; transposeB: boolean } {
  const [m, k, n] = [d.size(7), d.size(9), d.size(9)];
  const [aBatch, bBatch] = d.int(0, 1) === 0 ? [[], []] : d.broadcastShapes(2, 3);
  const [transposeA, transposeB] = [d.pick(false, true), d.pick(false, true)];
  const values = d.pick<'whole' | 'special'>('whole', 'special');
  return {
    a: d.tensor([...aBatch, ...(transposeA ? [k, m] : [m, k])], values),
    b: d.tensor([...bBatch, ...(transposeB ? [n, k] : [k, n])], values),
    transposeA,
    transposeB,
  };
}
operations.matMul = (d) => {
  const { a, b, transposeA, transposeB } = matrices(d);
  return {
    describe: `[${a.shape}] ${transposeA} [${b.shape}] ${transposeB}`,
    work: withGradients((x, y) => tf.matMul(x, y, transposeA, transposeB), [a, b], d.int(0, 100)),
  };
};
const activationNames = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'prelu', 'leakyrelu'] as const;
operations.fusedMatMul = (d) => {
  const { a, b, transposeA, transposeB } = matrices(d);
  const n = transposeB ? b.shape.at(-2)! : b.shape.at(-1)!;
  const bias = d.int(0, 2) === 0 ? undefined : d.tensor(d.pick([n], [1]), 'special');
  const activation = d.pick(...activationNames);
  const slopes = activation === 'prelu' ? d.tensor([n], 'whole') : undefined;
  return {
    describe: `[${a.shape}] ${transposeA} [${b.shape}] ${transposeB} ${activation} bias [${bias?.shape}]`,
    work: () =>
      tf.fused.matMul({
        a: a(),
        b: b(),
        transposeA,
        transposeB,
        activation,
        leakyreluAlpha: 0.25,
        ...(bias && { bias: bias() }),
        ...(slopes && { preluActivationWeights: slopes() }),
      }),
    tolerance: rounding,
  };
};

// convolutions

type Padding = 'same' | 'valid' | number | [[number, number], [number, number], [number, number], [number, number]];
function padding(d: Draw, h: number, w: number, square: boolean): Padding {
  const choice = d.int(0, 5);
  if (choice <= 1) return 'same';
  if (choice <= 3) return 'valid';
  if (choice === 4 && square) return d.int(0, Math.min(h, w, 2));
  return [
    [0, 0],
    [d.int(0, 2), d.int(0, 2)],
    [d.int(0, 2), d.int(0, 2)],
    [0, 0],
  ];
}
function convolution(d: Draw) {
  const square = d.int(0, 1) === 0;
  const [kh, kw] = [d.int(1, 4), d.int(1, 4)];
  const [sh, sw] = [d.int(1, 5), d.int(1, 5)];
  const filter: [number, number] = square ? [kh, kh] : [kh, kw];
  const strides: [number, number] = square ? [sh, sh] : [sh, sw];
  const dilated = d.int(0, 3) === 0;
  const dilations: [number, number] = dilated ? [d.int(1, 3), d.int(1, 3)] : [1, 1];
  if (square && dilated) dilations[1] = dilations[0];
  if (dilated && Math.max(...dilations) > 1) strides.fill(1);
  const [n, h, w, c] = [d.size(2), d.size(9), d.size(9), d.int(1, d.pick(3, 9))];
  const drawn = padding(d, kh, kw, square && !dilated);
  const fits = ([size, k, dilation]: [number, number, number], [before, after]: [number, number]) =>
    size + before + after >= (k - 1) * dilation;
  const [rows, columns] = Array.isArray(drawn)
    ? [drawn[1], drawn[2]]
    : ([
        [0, 0],
        [0, 0],
      ] as [[number, number], [number, number]]);
  const pad = fits([h, filter[0], dilations[0]], rows) && fits([w, filter[1], dilations[1]], columns) ? drawn : 'same';
  const values = d.pick<'whole' | 'special'>('whole', 'whole', 'special');
  return {
    n,
    h,
    w,
    c,
    filter,
    strides,
    dilations,
    pad,
    values,
    text: `[${n},${h},${w},${c}] ${filter} s ${strides} d ${dilations} ${JSON.stringify(pad)} ${values}`,
  };
}
const noDilation = (dilations: [number, number]) => dilations[0] === 1 && dilations[1] === 1;
operations.conv2d = (d) => {
  const { n, h, w, c, filter, strides, dilations, pad, values, text } = convolution(d);
  const out = d.int(1, 9);
  const [x, f] = [d.tensor([n, h, w, c], values), d.tensor([...filter, c, out], 'whole')];
  const run = (a: tf.Tensor, b: tf.Tensor) =>
    tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad, 'NHWC', dilations);
  const seed = d.int(0, 100);
  return {
    describe: `${text} to ${out}`,
    work: noDilation(dilations) && values === 'whole' ? withGradients(run, [x, f], seed) : () => run(x(), f()),
  };
};
operations.conv1d = (d) => {
  const [n, w, c, out, k, stride] = [d.size(2), d.size(12), d.int(1, 4), d.int(1, 4), d.int(1, 4), d.int(1, 6)];
  const pad = d.pick<'same' | 'valid'>('same', 'valid');
  const [x, f] = [d.tensor([n, w, c], 'whole'), d.tensor([k, c, out], 'whole')];
  return {
    describe: `[${n},${w},${c}] ${k} s ${stride} ${pad} to ${out}`,
    work: withGradients((a, b) => tf.conv1d(a as tf.Tensor3D, b as tf.Tensor3D, stride, pad), [x, f], d.int(0, 100)),
  };
};
operations.depthwiseConv2d = (d) => {
  const { n, h, w, c, filter, strides, dilations, pad, values, text } = convolution(d);
  const multiplier = d.pick(1, 1, 2, 3);
  const [x, f] = [d.tensor([n, h, w, c], values), d.tensor([...filter, c, multiplier], 'whole')];
  const run = (a: tf.Tensor, b: tf.Tensor) =>
    tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad, 'NHWC', dilations);
  const seed = d.int(0, 100);
  return {
    describe: `${text} times ${multiplier}`,
    work: noDilation(dilations) && values === 'whole' ? withGradients(run, [x, f], seed) : () => run(x(), f()),
  };
};
operations.conv2dTranspose = (d) => {
  const [n, h, w, c, out] = [d.int(1, 2), d.int(1, 9), d.int(1, 9), d.int(1, d.pick(3, 8)), d.int(1, d.pick(3, 8))];
  const [kh, kw, stride] = [d.int(1, 5), d.int(1, 5), d.int(1, 4)];
  const pad = d.pick<'same' | 'valid'>('same', 'valid');
  const size = (length: number, k: number) =>
    pad === 'same' ? Math.ceil(length / stride) : Math.ceil((length - k + 1) / stride);
  const [y, x] = [size(h, kh), size(w, kw)];
  if (y < 1 || x < 1) return operations.conv1d!(d);
  const [dy, f] = [d.tensor([n, y, x, c], 'whole'), d.tensor([kh, kw, out, c], 'whole')];
  return {
    describe: `[${n},${y},${x},${c}] to [${h},${w},${out}] ${kh},${kw} s ${stride} ${pad}`,
    work: withGradients(
      (a, b) => tf.conv2dTranspose(a as tf.Tensor4D, b as tf.Tensor4D, [n, h, w, out], stride, pad),
      [dy, f],
      d.int(0, 100),
    ),
  };
};
for (const name of ['conv2d', 'depthwiseConv2d'] as const) {
  operations[`fused ${name}`] = (d) => {
    const { n, h, w, c, filter, strides, dilations, pad, text } = convolution(d);
    const last = name === 'conv2d' ? d.int(1, 5) : d.pick(1, 1, 2);
    const channels = name === 'conv2d' ? last : c * last;
    const [x, f] = [d.tensor([n, h, w, c], d.pick('whole', 'special')), d.tensor([...filter, c, last], 'whole')];
    const bias = d.int(0, 2) === 0 ? undefined : d.tensor([channels], 'whole');
    const activation = d.pick(...activationNames);
    const slopes = activation === 'prelu' ? d.tensor(d.pick([channels], [1, 1, channels]), 'whole') : undefined;
    return {
      describe: `${text} ${last} ${activation} bias ${bias?.shape} slopes ${slopes?.shape}`,
      work: () =>
        tf.fused[name]({
          x: x() as tf.Tensor4D,
          filter: f() as tf.Tensor4D,
          strides,
          pad: pad as 'same',
          dilations,
          activation,
          leakyreluAlpha: 0.25,
          ...(bias && { bias: bias() }),
          ...(slopes && { preluActivationWeights: slopes() }),
        }),
      tolerance: rounding,
    };
  };
}
operations.conv3d = (d) => {
  const [n, dd, h, w, c, out] = [d.size(2), d.size(5), d.size(5), d.size(5), d.int(1, 3), d.int(1, 3)];
  const filter = [d.int(1, 3), d.int(1, 3), d.int(1, 3)];
  const strides: [number, number, number] = [d.int(1, 4), d.int(1, 4), d.int(1, 4)];
  const pad = d.pick<'same' | 'valid'>('same', 'valid');
  const values = d.pick<'whole' | 'special'>('whole', 'special');
  const [x, f] = [d.tensor([n, dd, h, w, c], values), d.tensor([...filter, c, out], 'whole')];
  const run = (a: tf.Tensor, b: tf.Tensor) => tf.conv3d(a as tf.Tensor5D, b as tf.Tensor5D, strides, pad);
  const seed = d.int(0, 100);
  return {
    describe: `[${n},${dd},${h},${w},${c}] ${filter} s ${strides} ${pad} to ${out} ${values}`,
    work: values === 'whole' ? withGradients(run, [x, f], seed) : () => run(x(), f()),
  };
};

// pooling

for (const name of ['avgPool', 'maxPool'] as const) {
  operations[name] = (d) => {
    const { n, h, w, c, filter, strides, pad, text } = convolution(d);
    const x = d.tensor([n, h, w, c], d.pick('whole', 'special'));

    return {
      describe: text,
      work: withGradients(
        (t) => (tf[name] as typeof tf.maxPool)(t as tf.Tensor4D, filter, strides, pad as 'same'),
        [x],
        d.int(0, 100),
      ),
      tolerance: rounding,
    };
  };
}
for (const name of ['avgPool3d', 'maxPool3d'] as const) {
  operations[name] = (d) => {
    const shape = [d.size(2), d.size(4), d.size(4), d.size(4), d.int(1, 3)];
    const filter: Triple = [d.int(1, 3), d.int(1, 3), d.int(1, 3)];
    const strides: Triple = [d.int(1, 4), d.int(1, 4), d.int(1, 4)];
    const pad = d.pick<'same' | 'valid'>('same', 'valid');
    const x = d.tensor(shape, d.pick('whole', 'special'));
    const seed = d.int(0, 100);
    const f = (t: tf.Tensor) => tf[name](t as tf.Tensor5D, filter, strides, pad);
    // the cpu backend's gradient of maxPool3d is wrong where a stride is larger than the filter, and for equal values
    const reference = name === 'maxPool3d' && {
      reference: () => [f(x()), maxPool3dGradient(x(), f(x()).shape, filter, strides, pad, seed)],
    };
    return {
      describe: `[${shape}] ${filter} s ${strides} ${pad}`,
      work: withGradients(f, [x], seed),
      ...reference,
      tolerance: rounding,
    };
  };
}
type Triple = [number, number, number];

/** Each element of dy goes to the first largest value of its window. */
function maxPool3dGradient(
  x: tf.Tensor,
  outShape: number[],
  filter: Triple,
  strides: Triple,
  pad: 'same' | 'valid',
  seed: number,
): tf.Tensor {
  const info = tf.backend_util.computePool3DInfo(
    x.shape as [number, number, number, number, number],
    filter,
    strides,
    1,
    pad,
  );
  const begin = [info.padInfo.front, info.padInfo.top, info.padInfo.left];
  const dx = tf.buffer(x.shape as [number, number, number, number, number], 'float32');
  const values = tf.buffer(
    x.shape as [number, number, number, number, number],
    'float32',
    x.dataSync() as Float32Array,
  );
  const dy = upstream(outShape, seed).dataSync();
  const range = (axis: number, at: number) =>
    Array.from({ length: filter[axis]! }, (_, k) => at * strides[axis]! - begin[axis]! + k).filter(
      (i) => i >= 0 && i < x.shape[axis + 1]!,
    );
  const [n, depth, height, width, channels] = outShape as [number, number, number, number, number];
  let next = 0;
  for (let b = 0; b < n; b++)
    for (let z = 0; z < depth; z++)
      for (let y = 0; y < height; y++)
        for (let w = 0; w < width; w++)
          for (let c = 0; c < channels; c++) {
            let best = Number.NEGATIVE_INFINITY;
            let place: [number, number, number, number, number] | undefined;
            for (const i of range(0, z))
              for (const j of range(1, y))
                for (const k of range(2, w)) {
                  const value = values.get(b, i, j, k, c);
                  if (value > best) [best, place] = [value, [b, i, j, k, c]];
                }
            if (place) dx.set(dx.get(...place) + dy[next]!, ...place);
            next++;
          }
  return dx.toTensor();
}
operations.maxPoolWithArgmax = (d) => {
  const { n, h, w, c, filter, strides, text } = convolution(d);
  const pad = h <= (filter[0] - 1) * 3 || w <= (filter[1] - 1) * 3 ? 'same' : d.pick<'same' | 'valid'>('same', 'valid');
  const x = d.tensor([n, h, w, c], d.pick('whole', 'special'));
  const batch = d.pick(true, false);
  return {
    describe: `${text} ${batch} ${pad}`,
    work: () => {
      const { result, indexes } = tf.maxPoolWithArgmax(x() as tf.Tensor4D, filter, strides, pad, batch);
      return [result!, indexes!];
    },
  };
};
operations.dilation2d = (d) => {
  const { n, h, w, c, filter, strides, dilations, text } = convolution(d);
  // a window without a pixel has no gradient; the cpu backend gives it to some pixel
  const roomy = h > (filter[0] - 1) * 3 && w > (filter[1] - 1) * 3;
  const pad = roomy ? d.pick<'same' | 'valid'>('same', 'valid') : 'same';
  const [x, f] = [d.tensor([n, h, w, c], 'whole'), d.tensor([...filter, c], 'whole')];
  return {
    describe: `${text} ${pad}`,
    work: withGradients(
      (a, b) => tf.dilation2d(a as tf.Tensor4D, b as tf.Tensor3D, strides, pad, roomy ? dilations : 1),
      [x, f],
      d.int(0, 100),
    ),
  };
};

// normalisation and images

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
