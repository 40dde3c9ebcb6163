// Times the wasm backend's own kernels against those of this package, in turns, in one run:
//   npm run bench -- wasm-gradients [text that the names of the cases must contain]
// Milliseconds of processor time, medians. Where the backend has no such kernel, the first column is the cpu backend's
// time.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { registerWasmGradients, unregisterWasmGradients } from '@autodrag/wasm-gradients';

const random = (...shape) => tf.randomNormal(shape);
const kernel = (name, inputs, attrs) => tf.engine().runKernel(name, inputs, attrs);
const ids = (count, below) => tf.cast(tf.randomUniform([count], 0, below), 'int32');

const transposed = (batch, size, inputs, outputs) => {
  const large = 2 * size + 1;
  return [
    `conv2dTranspose ${batch} x ${size}x${size}x${inputs} -> ${large}x${large}x${outputs}, 3x3, stride 2`,
    () => [random(batch, size, size, inputs), random(3, 3, outputs, inputs)],
    (x, w) => tf.conv2dTranspose(x, w, [batch, large, large, outputs], 2, 'valid'),
  ];
};
const filterGradient = (batch, size, inputs, outputs) => [
  `conv2d gradient of the filter, ${batch} x ${size}x${size}x${inputs} -> ${outputs}, 3x3`,
  () => [random(batch, size, size, inputs), random(batch, size, size, outputs)],
  (x, dy) =>
    kernel(
      'Conv2DBackpropFilter',
      { x, dy },
      { strides: 1, pad: 'same', dataFormat: 'NHWC', filterShape: [3, 3, inputs, outputs] },
    ),
];
const inputGradient = (batch, size, inputs, outputs) => [
  `conv2d gradient of the input, ${batch} x ${size}x${size}x${inputs} -> ${outputs}, 3x3`,
  () => [random(batch, size, size, outputs), random(3, 3, inputs, outputs)],
  (dy, filter) =>
    kernel(
      'Conv2DBackpropInput',
      { dy, filter },
      { strides: 1, pad: 'same', dataFormat: 'NHWC', inputShape: [batch, size, size, inputs] },
    ),
];

const cases = [
  ['matMul 512x512 512x512', () => [random(512, 512), random(512, 512)], (a, b) => tf.matMul(a, b)],
  ['matMul 512x512^T 512x512', () => [random(512, 512), random(512, 512)], (a, b) => tf.matMul(a, b, true)],
  ['matMul 512x512 512x512^T', () => [random(512, 512), random(512, 512)], (a, b) => tf.matMul(a, b, false, true)],
  ['matMul 36x512 2048x512^T', () => [random(36, 512), random(2048, 512)], (a, b) => tf.matMul(a, b, false, true)],
  [
    'attention scores 32 x 64x64 (64x64)^T',
    () => [random(32, 64, 64), random(32, 64, 64)],
    (a, b) => tf.matMul(a, b, false, true),
  ],
  [
    'attention scores 8 x 256x64 (256x64)^T',
    () => [random(8, 256, 64), random(8, 256, 64)],
    (a, b) => tf.matMul(a, b, false, true),
  ],
  ['attention values 8 x 256x256 256x64', () => [random(8, 256, 256), random(8, 256, 64)], (a, b) => tf.matMul(a, b)],
  ['matMul 8 x 64x256 256x256, one b for all', () => [random(8, 64, 256), random(256, 256)], (a, b) => tf.matMul(a, b)],
  inputGradient(1, 64, 64, 64),
  inputGradient(4, 32, 128, 128),
  inputGradient(4, 4, 512, 512),
  transposed(1, 16, 128, 64),
  transposed(4, 16, 128, 64),
  transposed(1, 64, 32, 16),
  transposed(4, 64, 32, 16),
  filterGradient(1, 16, 16, 32),
  [
    'depthwiseConv2d 64x64x128, 4x4',
    () => [random(1, 64, 64, 128), random(4, 4, 128, 1)],
    (x, w) => tf.depthwiseConv2d(x, w, 1, 'same'),
  ],
  [
    'depthwiseConv2d 64x64x128, 3x3',
    () => [random(1, 64, 64, 128), random(3, 3, 128, 1)],
    (x, w) => tf.depthwiseConv2d(x, w, 1, 'same'),
  ],
  [
    'depthwiseConv2d gradient of the input, 32x32x64, 4x4',
    () => [random(1, 32, 32, 64), random(4, 4, 64, 1)],
    (dy, filter) =>
      kernel(
        'DepthwiseConv2dNativeBackpropInput',
        { dy, filter },
        { strides: 1, pad: 'same', dilations: 1, inputShape: dy.shape },
      ),
  ],
  [
    'depthwiseConv2d gradient of the filter, 32x32x64, 4x4',
    () => [random(1, 32, 32, 64), random(1, 32, 32, 64)],
    (x, dy) =>
      kernel(
        'DepthwiseConv2dNativeBackpropFilter',
        { x, dy },
        { strides: 1, pad: 'same', dilations: 1, filterShape: [4, 4, 64, 1] },
      ),
  ],
  ['gather 2048 rows of 256', () => [random(256, 256), ids(2048, 256)], (x, at) => tf.gather(x, at)],
  [
    'unsortedSegmentSum 512 rows of 64 into 32',
    () => [random(512, 64), ids(512, 32)],
    (x, at) => tf.unsortedSegmentSum(x, at, 32),
  ],
  ['split a vector of 3 million into 100', () => [random(3_000_000)], (x) => tf.split(x, 100)],
  ['split 2048x768 into 3 along its rows', () => [random(2048, 768)], (x) => tf.split(x, 3, 1)],
  [
    'slice 4 x 62x62x64 of 4 x 64x64x64',
    () => [random(4, 64, 64, 64)],
    (x) => tf.slice(x, [0, 1, 1, 0], [4, 62, 62, 64]),
  ],
  ['unstack 8x256x256 along axis 1', () => [random(8, 256, 256)], (x) => tf.unstack(x, 1)],
  ['tile 4x1x1x64 to 4x64x64x64', () => [random(4, 1, 1, 64)], (x) => tf.tile(x, [1, 64, 64, 1])],
  ['sum 2048x256 over its rows', () => [random(2048, 256)], (x) => tf.sum(x, 0)],
  ['mean 4x64x64x64 over its pixels', () => [random(4, 64, 64, 64)], (x) => tf.mean(x, [1, 2])],
  ['leakyRelu of a million', () => [random(1 << 20)], (x) => tf.leakyRelu(x, 0.2)],
  ['tanh of a million', () => [random(1 << 20)], (x) => tf.tanh(x)],
  ['erf of a million', () => [random(1 << 20)], (x) => tf.erf(x)],
  [
    'maxPool gradient 4 x 64x64x32, 2x2',
    () => [random(4, 32, 32, 32), tf.relu(random(4, 64, 64, 32))],
    (dy, input) => kernel('MaxPoolGrad', { dy, input, output: dy }, { filterSize: 2, strides: 2, pad: 'valid' }),
  ],
];

const wanted = process.argv.slice(2).join(' ');
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** Milliseconds of processor time for one call: unlike the clock's, hardly changed by what else the machine does. */
function time(work, calls) {
  const start = process.cpuUsage();
  for (let i = 0; i < calls; i++) tf.tidy(() => void work());
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / calls;
}

console.log('| case | before, ms | here, ms | times faster |\n|---|---:|---:|---:|');
for (const [name, makeInputs, run] of cases) {
  if (!name.includes(wanted)) continue;
  await tf.setBackend('wasm');
  const inputs = makeInputs();
  const work = () => run(...inputs);
  const before = [];
  const here = [];
  unregisterWasmGradients();
  let lacking = false;
  try {
    time(work, 1);
  } catch {
    lacking = true;
  }
  registerWasmGradients();
  time(work, 3);
  const calls = Math.max(1, Math.ceil(5 / time(work, 3)));
  const started = performance.now();
  while (here.length < 5 || (here.length < 25 && performance.now() - started < 1500)) {
    if (!lacking) {
      unregisterWasmGradients();
      before.push(time(work, Math.min(calls, 2)));
      registerWasmGradients();
    }
    here.push(time(work, calls));
  }
  tf.dispose(inputs);
  if (lacking) {
    await tf.setBackend('cpu');
    const same = makeInputs();
    before.push(time(() => run(...same), 1));
    tf.dispose(same);
  }
  const [a, b] = [median(before), median(here)];
  console.log(
    `| ${name} | ${lacking ? `cpu: ${a.toFixed(0)}` : a.toFixed(2)} | ${b.toFixed(2)} | ${(a / b).toFixed(a / b < 10 ? 1 : 0)} |`,
  );
}
