import * as tf from '@tensorflow/tfjs-core';
import { blockResolutions, type StyleGan2Config, type StyleGan2Parameters } from '../src/index.js';

/**
 * StyleGAN2 written down as the papers define it, one sample at a time, with modulated weights. For comparison only.
 */
export function slowSynthesis(
  parameters: StyleGan2Parameters,
  config: StyleGan2Config,
  ws: tf.Tensor3D,
  noise: 'const' | 'none',
): tf.Tensor4D {
  const samples = tf.unstack(ws).map((w) => slowSample(parameters, config, w as tf.Tensor2D, noise));
  return tf.concat(samples, 0) as tf.Tensor4D;
}

function slowSample(
  p: StyleGan2Parameters,
  config: StyleGan2Config,
  ws: tf.Tensor2D,
  noise: 'const' | 'none',
): tf.Tensor4D {
  let x = p.synthesis.constant;
  let rgb: tf.Tensor4D | null = null;
  const row = (i: number) => tf.slice(ws, [i, 0], [1, config.wDim]);
  const style = (affine: { weight: tf.Tensor2D; bias: tf.Tensor1D }, i: number) =>
    tf.add(tf.matMul(row(i), tf.mul(affine.weight, 1 / Math.sqrt(config.wDim))), affine.bias);

  blockResolutions(config).forEach((_, i) => {
    const block = p.synthesis.blocks[i]!;
    const layer = (name: 'conv0' | 'conv1', index: number, gain: number) => {
      const l = block[name]!;
      const modulated = tf.mul(l.weight, tf.reshape(style(l.affine, index), [1, 1, -1, 1]));
      const norm = tf.rsqrt(tf.add(tf.sum(tf.square(modulated), [0, 1, 2], true), 1e-8));
      const weight = tf.mul(modulated, norm) as tf.Tensor4D;
      let y = name === 'conv0' ? slowUp(x, weight) : (tf.conv2d(x, weight, 1, 'same') as tf.Tensor4D);
      if (noise === 'const')
        y = tf.add(y, tf.mul(tf.reshape(p.buffers.noise[i]![name]!, [1, ...y.shape.slice(1, 3), 1]), l.noiseStrength));
      y = tf.mul(tf.leakyRelu(tf.add(y, l.bias), 0.2), Math.SQRT2 * gain);
      x = config.convClamp === null ? y : tf.clipByValue(y, -config.convClamp * gain, config.convClamp * gain);
    };
    const residual = config.architecture === 'resnet' && i > 0;
    const before = x;
    if (i > 0) layer('conv0', 2 * i - 1, 1);
    layer('conv1', 2 * i, residual ? Math.SQRT1_2 : 1);
    if (residual) {
      const weight = tf.mul(block.skip!.weight, 1 / Math.sqrt(block.skip!.weight.shape[2])) as tf.Tensor4D;
      x = tf.add(x, tf.mul(slowUpsample(tf.conv2d(before, weight, 1, 'same') as tf.Tensor4D), Math.SQRT1_2));
    }
    if (rgb) rgb = slowUpsample(rgb);
    if (!block.toRgb) return;
    const factor = tf.mul(style(block.toRgb.affine, 2 * i + 1), 1 / Math.sqrt(block.toRgb.weight.shape[2]));
    const weight = tf.mul(block.toRgb.weight, tf.reshape(factor, [1, 1, -1, 1])) as tf.Tensor4D;
    let colours: tf.Tensor4D = tf.add(tf.conv2d(x, weight, 1, 'same'), block.toRgb.bias);
    if (config.convClamp !== null) colours = tf.clipByValue(colours, -config.convClamp, config.convClamp);
    rgb = rgb ? (tf.add(rgb, colours) as tf.Tensor4D) : colours;
  });
  return rgb!;
}

/** Zero insertion, then a correlation with the flipped 3×3 weight (that is, a convolution), then the filter. */
function slowUp(x: tf.Tensor4D, weight: tf.Tensor4D): tf.Tensor4D {
  const spread = zeroInsert(x); // [1, 2H, 2W, C], the last row and column zero
  const padded = tf.pad(spread, [
    [0, 0],
    [2, 1],
    [2, 1],
    [0, 0],
  ]) as tf.Tensor4D; // 2H + 3
  const y = tf.conv2d(padded, tf.reverse(weight, [0, 1]), 1, 'valid'); // 2H + 1
  return fir(
    tf.pad(y, [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ]) as tf.Tensor4D,
  );
}

/** Zero insertion, padding (2, 1), the filter: `upfirdn2d` of an image. */
export function slowUpsample(x: tf.Tensor4D): tf.Tensor4D {
  return fir(
    tf.pad(zeroInsert(x), [
      [0, 0],
      [2, 1],
      [2, 1],
      [0, 0],
    ]) as tf.Tensor4D,
  );
}

function zeroInsert(x: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const wide = tf.reshape(tf.concat([tf.reshape(x, [n * h, w, 1, c]), tf.zeros([n * h, w, 1, c])], 2), [
    n,
    h,
    1,
    2 * w * c,
  ]);
  return tf.reshape(tf.concat([wide, tf.zerosLike(wide)], 2), [n, 2 * h, 2 * w, c]);
}

function fir(x: tf.Tensor4D): tf.Tensor4D {
  const taps = [1, 3, 3, 1];
  const filter = tf.tensor4d(
    taps.flatMap((a) => taps.map((b) => (4 * a * b) / 64)),
    [4, 4, 1, 1],
  );
  return tf.depthwiseConv2d(x, tf.tile(filter, [1, 1, x.shape[3], 1]) as tf.Tensor4D, 1, 'valid');
}
