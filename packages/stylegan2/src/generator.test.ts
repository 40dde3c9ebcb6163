import { createRandom } from '@autodrag/nn';
import { expectClose, expectNoLeak, testBackends, useTestBackend } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createGenerator, createStyleGan2Parameters, mapping, styleGan2Config, synthesis } from './index.js';

const config = styleGan2Config({ resolution: 16, channelBase: 128, channelMax: 8, zDim: 6, wDim: 6, mappingLayers: 2 });
const make = () => createGenerator(config, createStyleGan2Parameters(createRandom(1), config));
const z = () => createRandom(2).normalTensor([2, 6]) as tf.Tensor2D;

describe.each(testBackends())('generator on %s', (backend) => {
  beforeAll(() => useTestBackend(backend));

  it('is mapping and synthesis with its parameters', () => {
    const generator = make();
    const ws = generator.mapping(z(), { truncationPsi: 0.5 });
    expectClose(ws, mapping(generator.parameters, config, z(), { truncationPsi: 0.5 }));
    expectClose(generator.synthesis(ws), synthesis(generator.parameters, config, ws).image!, 1e-5);
    const { features, image } = generator.features(ws, [8, 16], { image: true });
    expect(Object.keys(features)).toEqual(['8', '16']);
    expectClose(image!, generator.synthesis(ws));
    expect(generator.features(ws, 8).image).toBeNull();
    generator.dispose();
  });

  it('stops after the features that are wanted, and goes on from there to the same image', () => {
    for (const architecture of ['skip', 'orig', 'resnet'] as const) {
      const own = styleGan2Config({ ...config, architecture });
      const generator = createGenerator(own, createStyleGan2Parameters(createRandom(1), own));
      const ws = generator.mapping(z());
      const { features, image } = generator.features(ws, [8], { image: true, until: 8 });
      if (architecture === 'skip') expect(image!.shape).toEqual([2, 8, 8, 3]);
      else expect(image).toBeNull();
      const from = { resolution: 8, x: features[8]!, rgb: image };
      expectClose(generator.features(ws, [], { image: true, from }).image!, generator.synthesis(ws), 1e-5);
      generator.dispose();
    }
  });

  it('gives a smaller picture where its architecture has one', () => {
    const generator = make();
    const ws = generator.mapping(z());
    const { images } = synthesis(generator.parameters, config, ws, { images: [8] });
    expectClose(generator.synthesis(ws, { until: 8 }), images[8]!, 1e-5);
    expect(() => generator.synthesis(ws, { until: 9 })).toThrow('no block is called 9');
    generator.dispose();
    const original = styleGan2Config({ ...config, architecture: 'orig' });
    const other = createGenerator(original, createStyleGan2Parameters(createRandom(1), original));
    expect(() => other.synthesis(ws, { until: 8 })).toThrow("only the architecture 'skip' has smaller pictures");
    expect(other.synthesis(ws, { until: 16 }).shape).toEqual([2, 16, 16, 3]);
    other.dispose();
  });

  it('owns its parameters and nothing else', () => {
    const code = z();
    expectNoLeak(() => {
      const generator = make();
      const ws = generator.mapping(code);
      generator.synthesis(ws, { noise: 'none' }).dispose();
      ws.dispose();
      generator.dispose();
    });
  });
});

describe.each(testBackends({ unset: ['cpu'], except: ['wasm'] }))('generator gradients on %s', (backend) => {
  beforeAll(() => useTestBackend(backend));

  it('reach ws through features and image', () => {
    const generator = make();
    const ws = generator.mapping(z());
    const gradient = tf.grad((w) => tf.sum(tf.square(generator.features(w as tf.Tensor3D, 8).features[8]!)))(ws);
    const byLayer = tf.sum(tf.abs(gradient), [0, 2]).arraySync() as number[];
    expect(byLayer.map((value) => value > 0)).toEqual([true, true, true, false, false, false]);
    generator.dispose();
  });
});
