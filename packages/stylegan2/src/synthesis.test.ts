import { createRandom, mapParameters, valueAndGrads } from '@autodrag/nn';
import { checkGradient, expectClose, expectNoLeak } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { slowSynthesis } from '../test/slow-reference.js';
import {
  createStyleGan2Parameters,
  disposePreparedSynthesis,
  numWs,
  numWsAt,
  prepareSynthesis,
  type StyleGan2Config,
  styleGan2Config,
  synthesis,
} from './index.js';

const small = { resolution: 16, channelBase: 64, channelMax: 6, zDim: 5, wDim: 5, mappingLayers: 2 } as const;

/** Parameters in which nothing is zero. */
function parametersOf(config: StyleGan2Config) {
  const random = createRandom(3);
  const fresh = createStyleGan2Parameters(random, config);
  return mapParameters(fresh, (tensor, name) =>
    /bias$|noiseStrength$|wAvg$/.test(name) ? tf.add(tensor, random.normalTensor(tensor.shape, 0.3)) : tf.clone(tensor),
  );
}

function setUp(partial: Partial<StyleGan2Config> = {}, batch = 2) {
  const config = styleGan2Config({ ...small, ...partial });
  const parameters = parametersOf(config);
  const ws = createRandom(4).normalTensor([batch, numWs(config), config.wDim]) as tf.Tensor3D;
  return { config, parameters, ws };
}

beforeAll(() => tf.setBackend('cpu'));

describe('synthesis', () => {
  it.each([
    { architecture: 'skip', noise: 'const' },
    { architecture: 'skip', noise: 'none' },
    { architecture: 'skip', noise: 'none', convClamp: 0.4 },
    { architecture: 'resnet', noise: 'const', convClamp: 0.4 },
    { architecture: 'resnet', noise: 'none' },
    { architecture: 'orig', noise: 'none' },
    { architecture: 'skip', noise: 'const', constSize: [4, 2] },
  ] as const)('equals the definition, and so do its gradients: %o', ({ noise, ...partial }) => {
    const { config, parameters, ws } = setUp(partial);
    expectClose(
      synthesis(parameters, config, ws, { noise }).image!,
      slowSynthesis(parameters, config, ws, noise),
      2e-5,
    );

    const { buffers, ...trainable } = parameters;
    const gradients = (image: (p: typeof parameters, w: tf.Tensor3D) => tf.Tensor4D) =>
      valueAndGrads(
        ({ p, w }) =>
          tf.sum(
            tf.mul(image({ ...p, buffers }, w as tf.Tensor3D), tf.sin(image({ ...p, buffers }, w as tf.Tensor3D))),
          ),
        { p: trainable, w: ws },
      ).grads;
    const fast = gradients((p, w) => synthesis(p, config, w, { noise }).image!);
    const slow = gradients((p, w) => slowSynthesis(p, config, w, noise));
    mapParameters(fast, (tensor, name) => {
      let expected: unknown = slow;
      for (const key of name.split('.')) expected = (expected as Record<string, unknown>)[key];
      const scale = tf.max(tf.abs(expected as tf.Tensor)).dataSync()[0]! || 1;
      expectClose(tf.div(tensor, scale), tf.div(expected as tf.Tensor, scale), 1e-4);
      return tensor;
    });
  });

  it('has the gradient in ws that differences say', () => {
    const { config, parameters, ws } = setUp({ resolution: 8, architecture: 'resnet' }, 1);
    // leaky ReLU has kinks: a fine step and few entries
    checkGradient((w) => synthesis(parameters, config, w as tf.Tensor3D, { noise: 'none' }).image!, [ws], {
      eps: 1e-3,
      tol: 1e-2,
      entries: 10,
    });
  });

  it('doubles the resolution in either way alike', () => {
    const { config, parameters, ws } = setUp();
    const [folded, filtered] = (['folded', 'filtered'] as const).map((upsampling) => {
      const prepared = prepareSynthesis(parameters.synthesis, { upsampling });
      const { image } = synthesis(parameters, config, ws, { prepared });
      disposePreparedSynthesis(prepared);
      return image!;
    });
    expectClose(folded!, filtered!, 1e-5);
    expect(parameters.synthesis.blocks.some(({ conv1 }) => conv1.weight.isDisposed)).toBe(false);
  });

  it('gives a 4×2 constant an upright image', () => {
    const { config, parameters, ws } = setUp({ constSize: [4, 2] });
    expect(synthesis(parameters, config, ws).image!.shape).toEqual([2, 16, 8, 3]);
  });

  it('stops at a block, goes on from a state, and gives every image on the way', () => {
    const { config, parameters, ws } = setUp();
    const whole = synthesis(parameters, config, ws, { images: [4, 8], features: [8, 16] });
    const stopped = synthesis(parameters, config, ws, { until: 8, features: [8] });
    expectClose(stopped.image!, whole.images[8]!);
    expectClose(stopped.features[8]!, whole.features[8]!);
    expect(whole.images[4]!.shape).toEqual([2, 4, 4, 3]);

    const from = { resolution: 8, x: stopped.features[8]!, rgb: stopped.image };
    const resumed = synthesis(parameters, config, ws, { from, features: [16] });
    expectClose(resumed.image!, whole.image!);
    expectClose(resumed.features[16]!, whole.features[16]!);
    expect(from.x.isDisposed || from.rgb!.isDisposed).toBe(false);
  });

  it('runs nothing after the last block that is wanted', async () => {
    const { config, parameters, ws } = setUp();
    const convolutions = async (options: Parameters<typeof synthesis>[3]) => {
      const { kernels } = await tf.profile(() => synthesis(parameters, config, ws, options).features);
      return kernels.filter(({ name }) => name.startsWith('Conv2D')).length;
    };
    expect(await convolutions({ features: [8], image: false })).toBe(3);
    expect(await convolutions({})).toBe(5 + 2); // and two doublings of the RGB image
  });

  it('lets features depend on numWsAt layers of ws only', () => {
    const { config, parameters, ws } = setUp();
    const count = numWsAt(config, 8);
    expect(count).toBe(3);
    const later = tf.concat(
      [tf.slice(ws, [0, 0, 0], [-1, count, -1]), tf.zeros([2, numWs(config) - count, 5])],
      1,
    ) as tf.Tensor3D;
    const run = (w: tf.Tensor3D) => synthesis(parameters, config, w, { features: [8], image: false }).features[8]!;
    expectClose(run(later), run(ws));
  });

  it('draws noise that the seed repeats', () => {
    const { config, parameters, ws } = setUp();
    const run = (seed: number) => synthesis(parameters, config, ws, { noise: 'random', seed }).image!;
    expectClose(run(1), run(1), 0);
    expect(tf.max(tf.abs(tf.sub(run(1), run(2)))).dataSync()[0]).toBeGreaterThan(1e-3);
  });

  it('leaves nothing behind, with and without gradients', () => {
    const { config, parameters, ws } = setUp({ convClamp: 1 });
    synthesis(parameters, config, ws);
    expectNoLeak(() => synthesis(parameters, config, ws, { features: [4, 8], images: [4] }));
    expectNoLeak(() => synthesis(parameters, config, ws, { noise: 'random' }));
    expectNoLeak(() => tf.grad((w) => synthesis(parameters, config, w as tf.Tensor3D).image!)(ws));
  });

  it('says what is wrong', () => {
    const { config, parameters, ws } = setUp();
    const { buffers: _, ...bare } = parameters;
    expect(() => synthesis(bare, config, ws)).toThrow("noise 'const' needs the noise maps");
    expect(() => synthesis(parameters, config, ws, { features: [12] })).toThrow(
      'no block is called 12. There are: 4, 8, 16',
    );
    expect(() => synthesis(parameters, config, ws, { features: [16], until: 8 })).toThrow('block 16 does not run');
    expect(() => synthesis(parameters, config, tf.zeros([2, 3, 5]))).toThrow(
      'synthesis: ws: expected [N, 6, 5], got [2, 3, 5]',
    );
    expect(() => synthesis(parameters, config, ws, { noise: 'fixed' as never })).toThrow(
      "synthesis: noise: expected 'const', 'none' or 'random', got 'fixed'",
    );
    for (const seed of [Number.NaN, 1.5, Number.POSITIVE_INFINITY, '1' as never]) {
      expect(() => synthesis(parameters, config, ws, { noise: 'random', seed })).toThrow(
        `synthesis: seed: expected an integer, got ${seed}`,
      );
    }
    const state = { resolution: 8, x: tf.zeros([2, 8, 8, 6]) as tf.Tensor4D, rgb: null };
    expect(() => synthesis(parameters, config, ws, { from: state })).toThrow('from has no RGB image');
  });
});
