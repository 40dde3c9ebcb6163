// biome-ignore-all lint/performance/noDynamicNamespaceImportAccess: operations are looked up by their names
import * as tf from '@tensorflow/tfjs';
import { exact, type Operation, rounding, withGradients } from './case.js';

/** Element by element. */
const operations: Record<string, Operation> = {};

const unaryFloat: Record<string, (x: tf.Tensor) => tf.Tensor> = Object.fromEntries(
  'abs acos acosh asin asinh atan atanh ceil cos cosh elu erf exp expm1 floor isFinite isInf isNaN log log1p logSigmoid neg reciprocal relu relu6 round rsqrt selu sigmoid sign sin sinh softplus sqrt square step tan tanh onesLike zerosLike clone'
    .split(' ')
    .map((name) => [name, (tf as unknown as Record<string, (x: tf.Tensor) => tf.Tensor>)[name]!]),
);
const unaryInt =
  'abs ceil floor neg relu relu6 round sign square step onesLike zerosLike clone isNaN isFinite isInf'.split(' ');
const noGradient = new Set('isFinite isInf isNaN onesLike zerosLike erf'.split(' '));

const binary: Record<string, (x: tf.Tensor, y: tf.Tensor) => tf.Tensor> = Object.fromEntries(
  'add sub mul div divNoNan mod pow maximum minimum squaredDifference atan2 equal notEqual less lessEqual greater greaterEqual'
    .split(' ')
    .map((name) => [name, (tf as unknown as Record<string, (x: tf.Tensor, y: tf.Tensor) => tf.Tensor>)[name]!]),
);
const comparisons = 'equal notEqual less lessEqual greater greaterEqual'.split(' ');

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

export { operations as elementwise };
