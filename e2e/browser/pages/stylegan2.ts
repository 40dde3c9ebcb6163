import { createRandom, flattenParameters, valueAndGrads } from '@autodrag/nn';
import { createGenerator, createStyleGan2Parameters, numWs, styleGan2Config, synthesis } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs';
import { type Case, compare, sample } from './compare';

const config = styleGan2Config({
  resolution: 32,
  zDim: 16,
  wDim: 16,
  mappingLayers: 2,
  channelBase: 512,
  channelMax: 16,
});

const parameters = () => createStyleGan2Parameters(createRandom(3), config);

const cases: Record<string, Case> = {
  'image of a z': () => {
    const generator = createGenerator(config, parameters());
    const image = generator.synthesis(generator.mapping(sample([2, config.zDim], 1) as tf.Tensor2D));
    generator.dispose();
    return image;
  },
  'features, and the image from the blocks that ran before': () => {
    const all = parameters();
    const ws = sample([1, numWs(config), config.wDim], 2) as tf.Tensor3D;
    const { features, images } = synthesis(all, config, ws, { features: [8, 16], images: [16], until: 16 });
    const generator = createGenerator(config, all);
    const from = { resolution: 16, x: features[16]!, rgb: images[16]! };
    const { image } = generator.features(ws, [], { from, image: true });
    generator.dispose();
    return [features[8]!, features[16]!, image!];
  },
  'gradient in ws': () => {
    const generator = createGenerator(config, parameters());
    const ws = sample([1, numWs(config), config.wDim], 4) as tf.Tensor3D;
    const gradient = tf.grad((w: tf.Tensor) => tf.mean(tf.square(generator.synthesis(w as tf.Tensor3D))))(ws);
    generator.dispose();
    return gradient;
  },
  'gradient in the parameters': () => {
    const all = parameters();
    const ws = sample([2, numWs(config), config.wDim], 5) as tf.Tensor3D;
    const { value, grads } = valueAndGrads((tree) => {
      const { image } = synthesis({ synthesis: tree }, config, ws, { noise: 'none' });
      return tf.mean(tf.abs(image!)) as tf.Scalar;
    }, all.synthesis);
    return [value, ...Object.values(flattenParameters(grads))];
  },
};

export async function run({ backend }: { backend: string }) {
  if (backend === 'wasm') (await import('@autodrag/wasm-gradients')).registerWasmGradients();
  return compare(backend, cases);
}
