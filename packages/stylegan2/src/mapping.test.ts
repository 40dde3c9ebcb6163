import { createRandom } from '@autodrag/nn';
import { checkGradient, expectClose, expectNoLeak } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createStyleGan2Parameters, mapping, styleGan2Config } from './index.js';

const base = { resolution: 8, channelBase: 32, channelMax: 4, zDim: 3, wDim: 4, mappingLayers: 2 } as const;

beforeAll(() => tf.setBackend('cpu'));

describe('mapping', () => {
  it('computes by hand what a layer of one number is', () => {
    const config = styleGan2Config({ ...base, zDim: 1, wDim: 1, mappingLayers: 1, mappingLrMultiplier: 0.5 });
    const parameters = createStyleGan2Parameters(createRandom(1), config);
    const mapped = mapping(
      { ...parameters, mapping: { layers: [{ weight: tf.tensor2d([[3]]), bias: tf.tensor1d([-4]) }] } },
      config,
      tf.tensor2d([[7], [-7]]),
    );
    // z normalised: ±1; times 3 · 0.5, plus −4 · 0.5; lrelu · √2
    expectClose(tf.slice(mapped, [0, 0, 0], [2, 1, 1]), [0.2 * Math.SQRT2 * -0.5, 0.2 * Math.SQRT2 * -3.5], 1e-5);
    expect(mapped.shape).toEqual([2, 4, 1]);
  });

  it('truncates towards the mean, all layers or the first ones', () => {
    const config = styleGan2Config(base);
    const fresh = createStyleGan2Parameters(createRandom(1), config);
    const parameters = { ...fresh, buffers: { ...fresh.buffers, wAvg: tf.tensor1d([1, 2, 3, 4]) } };
    const z = createRandom(2).normalTensor([2, 3]) as tf.Tensor2D;
    const w = mapping(parameters, config, z);
    const half = tf.add(tf.mul(w, 0.5), tf.mul(parameters.buffers.wAvg, 0.5));
    expectClose(mapping(parameters, config, z, { truncationPsi: 0.5 }), half);
    const cut = mapping(parameters, config, z, { truncationPsi: 0.5, truncationCutoff: 1 });
    expectClose(tf.slice(cut, [0, 0, 0], [2, 1, 4]), tf.slice(half, [0, 0, 0], [2, 1, 4]));
    expectClose(tf.slice(cut, [0, 1, 0], [2, 3, 4]), tf.slice(w, [0, 1, 0], [2, 3, 4]));
  });

  it('embeds a condition, normalised, after z', () => {
    const config = styleGan2Config({ ...base, cDim: 2, mappingLayers: 1 });
    const parameters = createStyleGan2Parameters(createRandom(1), config);
    const [z, c] = [tf.tensor2d([[1, 2, 3]]), tf.tensor2d([[0, 1]])];
    const { embed, layers } = parameters.mapping;
    const unit = (x: tf.Tensor) => tf.div(x, tf.sqrt(tf.mean(tf.square(x), 1, true)));
    const y = tf.div(tf.matMul(c, embed!.weight), Math.SQRT2);
    const input = tf.concat([unit(z), unit(y)], 1) as tf.Tensor2D;
    const expected = tf.mul(tf.leakyRelu(tf.mul(tf.matMul(input, layers[0]!.weight), 0.01 / Math.sqrt(7))), Math.SQRT2);
    expectClose(
      tf.slice(mapping(parameters, config, z, { c }), [0, 0, 0], [1, 1, 4]),
      tf.reshape(expected, [1, 1, 4]),
      1e-5,
    );
    expect(() => mapping(parameters, config, z)).toThrow('pass { c } of shape [1, 2]');
  });

  it('has the gradient in z that differences say, and leaves nothing behind', () => {
    const config = styleGan2Config(base);
    const parameters = createStyleGan2Parameters(createRandom(1), config);
    const z = createRandom(5).normalTensor([2, 3]) as tf.Tensor2D;
    checkGradient((x) => mapping(parameters, config, x as tf.Tensor2D, { truncationPsi: 0.7 }), [z], {
      eps: 1e-3,
      tol: 1e-2,
    });
    expectNoLeak(() => mapping(parameters, config, z, { truncationPsi: 0.7, truncationCutoff: 2 }));
    expect(() => mapping(parameters, config, tf.zeros([2, 9]))).toThrow('mapping: z: expected [N, 3], got [2, 9]');
    expect(() => mapping({ mapping: parameters.mapping }, config, z, { truncationPsi: 0.7 })).toThrow(
      'truncation needs the mean of w',
    );
  });

  it('takes only options that are numbers', () => {
    const config = styleGan2Config(base);
    const parameters = createStyleGan2Parameters(createRandom(1), config);
    const z = tf.zeros([1, 3]) as tf.Tensor2D;
    for (const truncationPsi of [Number.NaN, Number.POSITIVE_INFINITY, '1' as never, null as never]) {
      expect(() => mapping(parameters, config, z, { truncationPsi })).toThrow(
        `mapping: truncationPsi: expected a finite number, got ${truncationPsi}`,
      );
    }
    for (const truncationCutoff of [-1, 1.5, Number.NaN]) {
      expect(() => mapping(parameters, config, z, { truncationCutoff })).toThrow(
        `mapping: truncationCutoff: expected an integer, 0 or more, or null, got ${truncationCutoff}`,
      );
    }
  });
});
