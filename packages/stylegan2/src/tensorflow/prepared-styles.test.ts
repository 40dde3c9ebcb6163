import { createRandom, disposeParameters } from '@autodrag/nn';
import { expectClose, expectNoLeak, testBackends, useTestBackend } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { activationGain } from '../activation-gain.js';
import { createStyleGan2Parameters } from '../create-style-gan2-parameters.js';
import { createGenerator } from '../generator.js';
import { numWs } from '../num-ws.js';
import { weightEnergy } from '../ops/weight-energy.js';
import { styleGan2Config } from '../style-gan2-config.js';
import { synthesis } from '../synthesis.js';
import { colourStyle, layerStyle } from '../synthesis-layer.js';
import { prepareStyles, stylesOf } from './prepared-styles.js';

const config = styleGan2Config({
  resolution: 32,
  zDim: 8,
  wDim: 8,
  mappingLayers: 2,
  channels: { 4: 12, 8: 12, 16: 8, 32: 4 },
  convClamp: null,
});

describe.each(testBackends())('all styles at once, on %s', (backend) => {
  beforeAll(() => useTestBackend(backend));

  it.each([1, 3])('are those of the layers, one by one: %i codes', async (N) => {
    const random = createRandom(1);
    const { synthesis: network } = createStyleGan2Parameters(random, config);
    const ws = random.normalTensor([N, numWs(config), config.wDim]) as tf.Tensor3D;
    const energies = network.blocks.map(({ conv0, conv1 }) => ({
      ...(conv0 ? { conv0: { energy: weightEnergy(conv0.weight) } } : {}),
      conv1: { energy: weightEnergy(conv1.weight) },
    }));
    const prepared = prepareStyles(network, energies);
    const w = tf.unstack(tf.mul(ws, 1 / Math.sqrt(config.wDim)), 1) as tf.Tensor2D[];
    const styles = stylesOf(prepared, network, ws);
    expect(styles).toHaveLength(4);
    network.blocks.forEach((block, i) => {
      for (const name of ['conv0', 'conv1'] as const) {
        if (!block[name]) continue;
        const index = name === 'conv0' ? 2 * i - 1 : 2 * i;
        const expected = layerStyle(
          block[name],
          energies[i]![name]!.energy,
          w[index]!,
          activationGain(network, i, name),
        );
        expectClose(styles[i]![name]!.style, expected.style, 1e-5);
        expectClose(styles[i]![name]!.scale, expected.scale, 1e-5);
      }
      expectClose(styles[i]!.toRgb!, colourStyle(block.toRgb!, w[2 * i + 1]!), 1e-5);
    });
    await expectNoLeak(() => stylesOf(prepared, network, ws) as unknown as tf.TensorContainer);
  });
});

describe.each(testBackends())('a frozen generator on %s', (backend) => {
  beforeAll(() => useTestBackend(backend));

  it.each([
    ['of one code and of several', { convClamp: null }],
    ['with a clamp', { convClamp: 0.5 }],
    ['with residual blocks', { architecture: 'resnet' as const }],
  ])('draws as the network does, layer by layer: %s', async (_, change) => {
    const random = createRandom(2);
    const shape = styleGan2Config({ ...config, ...change });
    const parameters = createStyleGan2Parameters(random, shape);
    // one layer with noise of its own
    const strong = tf.scalar(0.3);
    parameters.synthesis.blocks[2]!.conv1.noiseStrength.dispose();
    (parameters.synthesis.blocks[2]!.conv1 as { noiseStrength: tf.Scalar }).noiseStrength = strong;
    const ws = random.normalTensor([2, numWs(shape), shape.wDim]) as tf.Tensor3D;
    const before = tf.memory().numTensors;
    const generator = createGenerator(shape, parameters);
    const first = tf.slice(ws, [0, 0, 0], [1, -1, -1]);
    for (const [codes, noise] of [
      [ws, 'const'],
      [first, 'const'],
      [first, 'none'],
    ] as const) {
      const expected = synthesis(parameters, shape, codes, { noise });
      const image = generator.synthesis(codes, { noise });
      expectClose(image, expected.image!, 1e-5);
      const { features } = generator.features(codes, 16, { noise });
      const wanted = synthesis(parameters, shape, codes, { noise, features: [16], image: false }).features[16]!;
      expectClose(features[16]!, wanted, 1e-5);
      tf.dispose([expected.image!, image, features[16]!, wanted]);
    }
    await expectNoLeak(() => generator.synthesis(first));
    first.dispose();
    generator.dispose();
    expect(tf.memory().numTensors).toBeLessThan(before);
    ws.dispose();
  });

  it('draws the same after a change of the backend', async () => {
    const random = createRandom(4);
    const parameters = createStyleGan2Parameters(random, config);
    const ws = random.normalTensor([1, numWs(config), config.wDim]) as tf.Tensor3D;
    const generator = createGenerator(config, parameters);
    const values = await generator.synthesis(ws).data();
    await tf.setBackend('cpu');
    const image = generator.synthesis(ws);
    expectClose(image, tf.tensor(values, image.shape), 1e-4);
    generator.dispose();
    await useTestBackend(backend);
  });

  it('has its gradients in the code', async () => {
    const random = createRandom(3);
    const parameters = createStyleGan2Parameters(random, config);
    const generator = createGenerator(config, parameters);
    const ws = random.normalTensor([1, numWs(config), config.wDim]) as tf.Tensor3D;
    const direction = random.normalTensor(ws.shape) as tf.Tensor3D;
    const at = (t: number) =>
      (tf.sum(tf.square(generator.synthesis(tf.add(ws, tf.mul(direction, t))))) as tf.Scalar).dataSync()[0]!;
    const gradient = tf.grad((codes) => tf.sum(tf.square(generator.synthesis(codes as tf.Tensor3D))))(ws);
    const slope = tf.sum(tf.mul(gradient, direction)).dataSync()[0]!;
    expect((at(1e-2) - at(-1e-2)) / 2e-2 / slope).toBeCloseTo(1, 1);
    disposeParameters({ gradient, ws, direction });
    generator.dispose();
  });
});
