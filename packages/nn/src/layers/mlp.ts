import * as tf from '@tensorflow/tfjs-core';
import { InvalidArgumentError } from '../errors/errors.js';
import type { Random } from '../random/random.js';
import { gelu } from './gelu.js';
import { createLinear, type LinearParameters, linear } from './linear.js';

/** Linear layers with an activation between them. */
export type MlpParameters = { readonly layers: readonly LinearParameters[] };

export type Activation = 'gelu' | 'relu' | 'tanh' | ((x: tf.Tensor) => tf.Tensor);

export type CreateMlpOptions = {
  /** Standard deviation of the last layer's initial weights. @default 1 / sqrt(inputs) */
  lastStd?: number;
};

export type MlpOptions = {
  /** Applied after every layer but the last. @default 'gelu' */
  activation?: Activation;
};

/**
 * Parameters of a multi-layer perceptron.
 *
 * @param sizes input, hidden …, output: at least two
 */
export function createMlp(random: Random, sizes: readonly number[], { lastStd }: CreateMlpOptions = {}): MlpParameters {
  if (sizes.length < 2) {
    throw new InvalidArgumentError(
      `createMlp: sizes: expected input and output at least, got [${sizes.join(', ')}]. Name every size, as in [64, 256, 64].`,
    );
  }
  const layers = sizes
    .slice(1)
    .map((size, index) =>
      createLinear(
        random,
        sizes[index]!,
        size,
        index === sizes.length - 2 && lastStd !== undefined ? { std: lastStd } : {},
      ),
    );
  return { layers };
}

/**
 * Linear layers with an activation between them, none after the last.
 *
 * @param x `[..., first size]`
 * @returns `[..., last size]`
 */
export function mlp({ layers }: MlpParameters, x: tf.Tensor, { activation = 'gelu' }: MlpOptions = {}): tf.Tensor {
  const activate = typeof activation === 'function' ? activation : activations[activation];
  return tf.tidy(() => layers.reduce((value, layer, index) => linear(layer, index === 0 ? value : activate(value)), x));
}

const activations: Record<'gelu' | 'relu' | 'tanh', (x: tf.Tensor) => tf.Tensor> = {
  gelu: (x) => gelu(x),
  relu: (x) => tf.relu(x),
  tanh: (x) => tf.tanh(x),
};
