import { createRandom } from '@autodrag/nn';
import {
  createGenerator,
  createStyleGan2Parameters,
  type Generator,
  type StyleGan2Config,
  type SynthesisOptions,
  styleGan2Config,
  synthesis,
} from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { useBackend } from '../src/node/backends.js';

// Two packages that know of one another by names alone: stylegan2 asks for kernels that wasm-gradients registers.
beforeAll(async () => void (await useBackend('wasm')));

const random = createRandom(4);
const small = { zDim: 8, wDim: 16, channelBase: 256, channelMax: 32, mappingLayers: 2 };

function generatorOf(part: Partial<StyleGan2Config>): Generator {
  const config = styleGan2Config({ resolution: 32, ...small, ...part });
  const { buffers, ...rest } = createStyleGan2Parameters(random, config);
  // strengths of noise and biases begin at 0
  const moved = <T>(tree: T): T => {
    if (tree instanceof tf.Tensor) return (tree.rank <= 1 ? tf.add(tree, random.normalTensor(tree.shape)) : tree) as T;
    if (Array.isArray(tree)) return tree.map(moved) as T;
    return Object.fromEntries(Object.entries(tree as object).map(([key, value]) => [key, moved(value)])) as T;
  };
  return createGenerator(config, { ...moved(rest), buffers });
}

const ws = ({ config }: Generator, count: number) =>
  random.normalTensor([count, 2 * Math.log2(config.resolution / config.constSize[0]) + 2, config.wDim]) as tf.Tensor3D;

/** Relative to the largest value. */
function difference(a: tf.Tensor, b: tf.Tensor): number {
  const largest = tf.max(tf.abs(b)).dataSync()[0]!;
  return tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]! / largest;
}

describe('layers of a generator as whole kernels', () => {
  it.each<[string, Partial<StyleGan2Config>, SynthesisOptions]>([
    ['skip, fixed noise', {}, {}],
    ['skip, no noise, two codes', {}, { noise: 'none' }],
    ['skip, random noise, clamped', { convClamp: 0.8 }, { noise: 'random', seed: 3 }],
    ['resnet', { architecture: 'resnet' }, {}],
    ['orig, upright', { architecture: 'orig', constSize: [4, 2] }, { noise: 'none' }],
    ['widths of which only some are multiples of eight', { channels: { 8: 20, 16: 24, 32: 10 } }, {}],
  ])('%s', (_, part, options) => {
    const generator = generatorOf(part);
    const { config, parameters } = generator;
    const codes = ws(generator, 2);
    const plain = synthesis(parameters, config, codes, { ...options, features: [8, 32] });
    const { features, image } = generator.features(codes, [8, 32], { ...options, image: true });
    expect(difference(image!, plain.image!)).toBeLessThan(2e-5);
    for (const height of [8, 32]) expect(difference(features[height]!, plain.features[height]!)).toBeLessThan(2e-5);
    const lower = synthesis(parameters, config, codes, { ...options, until: 8, features: [8], image: false });
    const from = { resolution: 8, x: lower.features[8]!, rgb: null };
    const rest = generator.features(codes, 32, { ...options, from }).features[32]!;
    expect(difference(rest, plain.features[32]!)).toBeLessThan(2e-5);
    generator.dispose();
  });

  it('gradients go through the operations of TensorFlow.js, and nothing is kept', () => {
    const generator = generatorOf({});
    const { config, parameters } = generator;
    const codes = ws(generator, 1);
    const loss = (image: tf.Tensor) => tf.mean(tf.square(image)) as tf.Scalar;
    const frozen = tf.valueAndGrad((w) => loss(generator.synthesis(w as tf.Tensor3D)))(codes);
    const plain = tf.valueAndGrad((w) => loss(synthesis(parameters, config, w as tf.Tensor3D).image!))(codes);
    expect(difference(frozen.grad, plain.grad)).toBeLessThan(1e-6);
    const kept = tf.memory().numTensors;
    generator.synthesis(codes).dispose();
    expect(tf.memory().numTensors).toBe(kept);
    generator.dispose();
    expect(tf.memory().numTensors).toBeLessThan(kept);
  });
});
