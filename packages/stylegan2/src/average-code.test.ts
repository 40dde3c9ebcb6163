import { createRandom } from '@autodrag/nn';
import { expectClose, expectNoLeak } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { averageCode, createStyleGan2Parameters, mapping, styleGan2Config } from './index.js';

const base = { resolution: 8, channelBase: 32, channelMax: 4, zDim: 3, wDim: 4, mappingLayers: 2 } as const;

beforeAll(() => tf.setBackend('cpu'));

describe('averageCode', () => {
  it('is the mean of w over the z that it draws, whole batches and a part of one', async () => {
    const config = styleGan2Config(base);
    const parameters = createStyleGan2Parameters(createRandom(1), config);
    const z = createRandom(5).normalTensor([300, 3]) as tf.Tensor2D;
    const w = mapping(parameters, config, z); // [300, numWs, 4], the same for every layer
    expectClose(
      await averageCode(parameters, config, { samples: 300, random: createRandom(5) }),
      tf.mean(w, [0, 1]),
      1e-5,
    );
  });

  it('draws every label as often', async () => {
    const config = styleGan2Config({ ...base, cDim: 2, mappingLayers: 1 });
    const parameters = createStyleGan2Parameters(createRandom(1), config);
    const random = createRandom(5);
    const z = random.normalTensor([100, 3]) as tf.Tensor2D;
    const labels = Array.from({ length: 100 }, () => random.integer(2));
    expect(new Set(labels).size).toBe(2);
    const c = tf.oneHot(tf.tensor1d(labels, 'int32'), 2) as tf.Tensor2D;
    expectClose(
      await averageCode(parameters, config, { samples: 100, random: createRandom(5) }),
      tf.mean(mapping(parameters, config, z, { c }), [0, 1]),
      1e-5,
    );
  });

  it('ends with its signal, and leaves nothing behind', async () => {
    const config = styleGan2Config(base);
    const parameters = createStyleGan2Parameters(createRandom(1), config);
    await expectNoLeak(async () => {
      (await averageCode(parameters, config, { samples: 10 })).dispose();
      const reason = new Error('enough');
      await expect(averageCode(parameters, config, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    });
  });
});
