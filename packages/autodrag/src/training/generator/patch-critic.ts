import { matchShape, type Random } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { repeatPixels } from './laplacian-pyramid.js';

type Convolution = { weight: tf.Tensor4D; bias: tf.Tensor1D };

/** A small convolutional network that looks at patches of about 23 pixels. */
export type PatchCriticParameters = {
  down2: Convolution;
  down4: Convolution;
  mixed: Convolution;
  verdict: Convolution;
};

/** Channels at a half and at a quarter of the side. */
const defaultWidth = { at2: 32, at4: 64 };

/** Fresh parameters of a critic for RGB pictures. */
export function createPatchCritic(random: Random, width = defaultWidth): PatchCriticParameters {
  const conv = (size: number, inputs: number, outputs: number): Convolution => ({
    weight: random.normalTensor([size, size, inputs, outputs], Math.sqrt(2 / (size * size * inputs))) as tf.Tensor4D,
    bias: tf.zeros([outputs]),
  });
  return {
    down2: conv(4, 3, width.at2),
    down4: conv(4, width.at2, width.at4),
    mixed: conv(3, width.at4 + 3, width.at4),
    verdict: conv(3, width.at4, 1),
  };
}

/**
 * Does each patch of a picture look like one of the renderer's, given a coarse version of what it should show? A
 * conditional patch discriminator (Isola et al. 2017): the coarse picture tells it what belongs there, so that crisp is
 * not enough.
 *
 * @param images `[N, S, S, 3]` in [-1, 1], S a multiple of 4
 * @param coarse `[N, S / 4, S / 4, 3]` or `[N, S / 8, S / 8, 3]`
 * @returns `[N, S / 4, S / 4, 1]`: positive for rendered
 */
export function patchCritic(p: PatchCriticParameters, images: tf.Tensor4D, coarse: tf.Tensor4D): tf.Tensor4D {
  const { S } = matchShape(images.shape, ['N', 'S', 'S', 3], 'patchCritic: images');
  return tf.tidy(() => {
    const condition = coarse.shape[1] * 8 === S ? repeatPixels(coarse) : coarse;
    matchShape(condition.shape, [images.shape[0], S! / 4, S! / 4, 3], 'patchCritic: coarse');
    const at2 = convolve(p.down2, images, 2);
    const at4 = convolve(p.down4, at2, 2);
    const mixed = convolve(p.mixed, tf.concat([at4, condition], 3), 1);
    return tf.add(tf.conv2d(mixed, p.verdict.weight, 1, 'same'), p.verdict.bias) as tf.Tensor4D;
  });
}

function convolve({ weight, bias }: Convolution, x: tf.Tensor4D, stride: number): tf.Tensor4D {
  return tf.leakyRelu(tf.add(tf.conv2d(x, weight, stride, 'same'), bias) as tf.Tensor4D, 0.2);
}
