import { createRandom, flattenParameters, valueAndGrads } from '@autodrag/nn';
import {
  createGenerator,
  createStyleGan2Parameters,
  type Generator,
  loadStyleGan2,
  numWs,
  saveStyleGan2,
  styleGan2Config,
  synthesis,
} from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs';
import type { Cases } from '../case.js';
import { normal, withModels } from '../models.js';

const config = styleGan2Config({
  resolution: 32,
  zDim: 16,
  wDim: 16,
  mappingLayers: 2,
  channelBase: 512,
  channelMax: 16,
});
const parameters = () => createStyleGan2Parameters(createRandom(3), config);
const codes = (batch: number, seed: number) => normal<tf.Tensor3D>([batch, numWs(config), config.wDim], seed);

/** Runs with a generator that is freed afterwards; what else is made and not returned is freed, too. */
function withGenerator(run: (generator: Generator) => Record<string, tf.Tensor>): Record<string, tf.Tensor> {
  return tf.tidy(() => {
    const generator = createGenerator(config, parameters());
    const results = run(generator);
    generator.dispose();
    return results;
  });
}

export const generatorCases: Cases = {
  'a pass: codes and pictures of two z, truncated': {
    run: () =>
      withGenerator((generator) => {
        const ws = generator.mapping(normal<tf.Tensor2D>([2, config.zDim], 1), { truncationPsi: 0.7 });
        return { ws, fixed: generator.synthesis(ws), none: generator.synthesis(ws, { noise: 'none' }) };
      }),
  },
  'noise of a seed: the same twice, and on every backend': {
    run: async () => {
      const { first, second } = withGenerator((generator) => {
        const ws = codes(1, 2);
        const paint = () => generator.synthesis(ws, { noise: 'random', seed: 5 });
        return { first: paint(), second: paint() };
      }) as { first: tf.Tensor; second: tf.Tensor };
      const [a, b] = [await first.data(), await second.data()];
      second.dispose();
      return { first, same: a.every((value, i) => value === b[i]) };
    },
  },
  'features, and the picture from the blocks that ran before': {
    run: () =>
      withGenerator((generator) => {
        const ws = codes(1, 2);
        const { features, images } = synthesis(generator.parameters, config, ws, {
          features: [8, 16],
          images: [16],
          until: 16,
        });
        const from = { resolution: 16, x: features[16]!, rgb: images[16]! };
        const { image } = generator.features(ws, [], { from, image: true });
        return { eight: features[8]!, sixteen: features[16]!, image: image!, whole: generator.synthesis(ws) };
      }),
  },
  'an upright picture, and its features': {
    run: () =>
      withModels(
        ({ generator }) =>
          tf.tidy((): Record<string, tf.Tensor> => {
            const ws = normal<tf.Tensor3D>([1, 8, 8], 4);
            const { features, image } = generator.features(ws, [16], { image: true });
            return { features: features[16]!, image: image! };
          }),
        { constSize: [4, 2] },
      ),
  },
  'gradient in the codes': {
    run: () =>
      withGenerator((generator) => {
        const loss = (ws: tf.Tensor) => tf.mean(tf.square(generator.synthesis(ws as tf.Tensor3D)));
        return { gradient: tf.grad(loss)(codes(1, 4)) };
      }),
  },
  'gradient in the parameters': {
    run: () =>
      tf.tidy((): Record<string, tf.Tensor> => {
        const { value, grads } = valueAndGrads((tree) => {
          const { image } = synthesis({ synthesis: tree }, config, codes(2, 5), { noise: 'none' });
          return tf.mean(tf.abs(image!)) as tf.Scalar;
        }, parameters().synthesis);
        return { value, ...flattenParameters(grads) };
      }),
  },
  'weights: saved, loaded, and the same picture': {
    run: async () => {
      const own = parameters();
      const bytes = await saveStyleGan2(config, own, { dtype: 'float16' });
      const loaded = await loadStyleGan2(bytes);
      const ws = codes(1, 6);
      const paint = (one: Generator) => {
        const image = one.synthesis(ws);
        one.dispose();
        return image;
      };
      const results = {
        own: paint(createGenerator(config, own)),
        loaded: paint(createGenerator(loaded.config, loaded.parameters)),
      };
      ws.dispose();
      return results;
    },
  },
};
