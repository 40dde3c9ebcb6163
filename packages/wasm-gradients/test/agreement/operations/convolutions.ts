// biome-ignore-all lint/performance/noDynamicNamespaceImportAccess: operations are looked up by their names
import * as tf from '@tensorflow/tfjs';
import { type Operation, rounding, withGradients } from './case.js';
import { activationNames, drawConvolution } from './draw-convolution.js';

/** Convolutions. */
const operations: Record<string, Operation> = {};

const noDilation = (dilations: [number, number]) => dilations[0] === 1 && dilations[1] === 1;
operations.conv2d = (d) => {
  const { n, h, w, c, filter, strides, dilations, pad, values, text } = drawConvolution(d);
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
  const { n, h, w, c, filter, strides, dilations, pad, values, text } = drawConvolution(d);
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
    const { n, h, w, c, filter, strides, dilations, pad, text } = drawConvolution(d);
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

export { operations as convolutions };
