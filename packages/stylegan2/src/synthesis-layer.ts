import * as tf from '@tensorflow/tfjs-core';
import { convolve } from './ops/convolve.js';
import { demodulation } from './ops/demodulation.js';
import { fullyConnected } from './ops/fully-connected.js';
import { modulate } from './ops/modulate.js';
import { shiftedLeakyRelu } from './ops/shifted-leaky-relu.js';
import { styledConvolution } from './ops/styled-convolution.js';
import { upsampleFeatures } from './ops/upsample-features.js';
import type { FullyConnectedParameters, SynthesisLayerParameters, ToRgbParameters } from './parameters.js';
import type { PreparedLayer } from './prepare-synthesis.js';
import type { LayerStyle } from './tensorflow/prepared-styles.js';

/** Activations `x · scale`. The factor, `[N, C]` and positive, waits for the next multiplication. */
export type Scaled = { readonly x: tf.Tensor4D; readonly scale: tf.Tensor2D | null };

export function plain({ x, scale }: Scaled): tf.Tensor4D {
  return scale ? modulate(x, scale) : x;
}

/** Style of the input channels, `[N, I]`; `w` has the gain already. */
function styleOf(affine: FullyConnectedParameters, w: tf.Tensor2D): tf.Tensor2D {
  return fullyConnected(affine, w, { gain: 1, biasGain: 1 });
}

/** Style of a layer and the demodulation's d, times the gain. */
export function layerStyle(
  { affine }: SynthesisLayerParameters,
  energy: tf.Tensor2D,
  w: tf.Tensor2D,
  gain: number,
): LayerStyle {
  const style = styleOf(affine, w);
  return { style, scale: tf.mul(demodulation(energy, style), gain) as tf.Tensor2D };
}

export type LayerOptions = {
  up: boolean;
  /** `[height, width]` or `[N, height, width, 1]` */
  noise: tf.Tensor | null;
  /** Whether `noise` is the checkpoint's own, which may be prepared. */
  ownNoise: boolean;
  /** See `activationGain`. */
  gain: number;
  /** Bound of the activations, for a gain of √2. */
  clamp: number | null;
};

/**
 * Modulated convolution, demodulation, noise, bias, leaky ReLU · √2, clamp.
 *
 * The style scales the input, the demodulation d the output: no weight per sample. Without noise,
 * `lrelu(d · y + b) = d · lrelu(y + b / d)` since d > 0, and the factor d waits for the next style: one pass less.
 */
export function synthesisLayer(
  parameters: SynthesisLayerParameters,
  prepared: PreparedLayer,
  input: Scaled,
  { style, scale }: LayerStyle,
  { up, noise, ownNoise, gain, clamp }: LayerOptions,
): Scaled {
  const limit = clamp === null ? null : clamp * (gain / Math.SQRT2);
  const strength = () => tf.mul(parameters.noiseStrength, gain);
  const modulation = input.scale ? (tf.mul(input.scale, style) as tf.Tensor2D) : style;
  if (prepared.kind === 'styled') {
    const { kernel, bias } = prepared;
    const known = ownNoise ? prepared.noise : undefined;
    const map = known === undefined ? noise && tf.mul(noise, strength()) : known;
    const layer = { x: input.x, weight: kernel, style: modulation, scale, bias: bias!, noise: map };
    return { x: styledConvolution(layer, { up, limit }), scale: null };
  }
  const y = convolve(prepared.kind, modulate(input.x, modulation), prepared.kernel as tf.Tensor4D); // [N, height, width, O]
  const bias = tf.mul(parameters.bias, gain);
  let output: Scaled;
  if (noise) {
    const map = noise.rank === 2 ? tf.reshape(noise, [1, ...noise.shape, 1]) : noise;
    const shift = tf.add(tf.mul(map, strength()), bias);
    output = { x: shiftedLeakyRelu(modulate(y, scale), shift as tf.Tensor4D), scale: null };
  } else {
    output = { x: shiftedLeakyRelu(y, tf.div(bias, scale) as tf.Tensor2D), scale };
  }
  return limit === null ? output : { x: tf.clipByValue(plain(output), -limit, limit), scale: null };
}

/** Style of an RGB layer, whose gain is 1 / sqrt(I): `[N, I]`. */
export function colourStyle({ affine, weight }: ToRgbParameters, w: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(styleOf(affine, w), 1 / Math.sqrt(weight.shape[2])) as tf.Tensor2D;
}

/**
 * 1×1 modulated convolution without demodulation. To scale three columns of weights per sample is less work than to
 * scale all activations: a product of matrices `[H·W, I] · [I, imageChannels]` per sample.
 */
export function toRgb(parameters: ToRgbParameters, { x, scale }: Scaled, style: tf.Tensor2D): tf.Tensor4D {
  const [n, height, width, inputs] = x.shape;
  const outputs = parameters.weight.shape[3];
  const factor = tf.expandDims(scale ? tf.mul(scale, style) : style, 2); // [N, I, 1]
  const matrix = tf.mul(factor, tf.reshape(parameters.weight, [1, inputs, outputs]));
  const product = tf.matMul(tf.reshape(x, [n, height * width, inputs]), matrix);
  return tf.reshape(tf.add(product, parameters.bias), [n, height, width, outputs]) as tf.Tensor4D;
}

/** Shortcut of a residual block: 1×1 convolution of gain 1 / sqrt(I), doubled, times sqrt(1/2). */
export function shortcutOf(weight: tf.Tensor4D, x: tf.Tensor4D): tf.Tensor4D {
  const scaled = tf.mul(weight, Math.SQRT1_2 / Math.sqrt(weight.shape[2])) as tf.Tensor4D;
  return upsampleFeatures(tf.conv2d(x, scaled, 1, 'same'));
}
