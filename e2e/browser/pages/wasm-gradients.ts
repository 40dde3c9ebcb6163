import { createRandom } from '@autodrag/nn';
import { createGenerator, createStyleGan2Parameters, numWs, styleGan2Config } from '@autodrag/stylegan2';
import { registerWasmGradients } from '@autodrag/wasm-gradients';
import * as tf from '@tensorflow/tfjs';
import { getThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import { type Case, compare, sample } from './compare';

const gradients = (operation: (...inputs: tf.Tensor[]) => tf.Tensor, ...shapes: number[][]): Case => {
  return () => {
    const inputs = shapes.map((shape, seed) => sample(shape, seed + 1));
    const dy = sample(operation(...inputs).shape, 9);
    const loss = (...tensors: tf.Tensor[]) => tf.sum(tf.mul(operation(...tensors), dy)) as tf.Scalar;
    return [operation(...inputs), ...tf.grads(loss)(inputs)];
  };
};
const image = (x: tf.Tensor | undefined) => x as tf.Tensor4D;

const cases: Record<string, Case> = {
  conv2d: gradients((x, w) => tf.conv2d(image(x), image(w), 1, 'same'), [2, 16, 16, 6], [3, 3, 6, 5]),
  'conv2d of few pixels': gradients((x, w) => tf.conv2d(image(x), image(w), 1, 'same'), [1, 4, 4, 40], [3, 3, 40, 64]),
  'conv2d stride 2': gradients((x, w) => tf.conv2d(image(x), image(w), 2, 'same'), [2, 9, 8, 3], [3, 3, 3, 4]),
  conv2dTranspose: gradients(
    (x, w) => tf.conv2dTranspose(image(x), image(w), [2, 17, 17, 4], 2, 'valid'),
    [2, 8, 8, 6],
    [3, 3, 4, 6],
  ),
  depthwiseConv2d: gradients((x, w) => tf.depthwiseConv2d(image(x), image(w), 1, 'same'), [1, 12, 12, 8], [4, 4, 8, 1]),
  'matMul transposed': gradients((a, b) => tf.matMul(a!, b!, true, true), [70, 30], [50, 70]),
  'matMul of a batch': gradients((a, b) => tf.matMul(a!, b!, false, true), [6, 30, 20], [6, 40, 20]),
  gather: gradients((x) => tf.gather(x!, tf.tensor1d([4, 0, 0, 2], 'int32')), [5, 7]),
  'split and mean': gradients(
    (x) => tf.mean(tf.mul(...(tf.split(x!, 2, 2) as [tf.Tensor, tf.Tensor])), [0, 1]),
    [4, 30, 20],
  ),
  maxPool: gradients((x) => tf.maxPool(image(tf.sub(x!, 5)), 2, 2, 'valid'), [2, 8, 8, 3]),
  activations: gradients((x) => tf.add(tf.leakyRelu(x!, 0.2), tf.add(tf.tanh(x!), tf.erf(x!))), [4096]),
};

/** The control blocks that threads for a generator's layers were started with: see `createThreads`. */
const controls: SharedArrayBuffer[] = [];
const { postMessage } = Worker.prototype;
Worker.prototype.postMessage = function (this: Worker, ...[message, ...rest]: [{ control?: unknown }, ...never[]]) {
  if (globalThis.crossOriginIsolated && message?.control instanceof SharedArrayBuffer) controls.push(message.control);
  postMessage.call(this, message, ...rest);
};

/** A small generator's picture on this backend and on cpu, and what threads had to do with it. */
async function layersOf(backend: string) {
  const config = { ...styleGan2Config('auto-64'), channelMax: 16 };
  const parameters = createStyleGan2Parameters(createRandom(1), config);
  const ws = tf.randomNormal<tf.Rank.R3>([1, numWs(config), config.wDim], 0, 1, 'float32', 2);
  const pictures = [];
  for (const name of [backend, 'cpu']) {
    await tf.setBackend(name);
    const generator = createGenerator(config, parameters);
    generator.synthesis(ws).dispose(); // asks for threads, which start when the page gets its turn
    const until = performance.now() + 20_000;
    while (controls.some((control) => Atomics.load(new Int32Array(control), 1) === 0) && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    pictures.push(await generator.synthesis(ws).data());
  }
  const [own, cpu] = pictures as [Float32Array, Float32Array];
  const difference = own.reduce((most, value, i) => Math.max(most, Math.abs(value - cpu[i]!)), 0);
  const words = controls.map((control) => new Int32Array(control));
  return { difference, helpers: words.map(([, ready]) => ready), jobs: words.map(([job]) => job! >>> 8) };
}

export async function run({ backend }: { backend: string }) {
  const registered = registerWasmGradients();
  const differences = await compare(backend, cases);
  return { registered, differences, threads: getThreadsCount(), layers: await layersOf(backend) };
}
