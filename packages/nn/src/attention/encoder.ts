import * as tf from '@tensorflow/tfjs-core';
import { createLayerNorm, type LayerNormParameters, layerNorm } from '../layers/layer-norm.js';
import { createMlp, type MlpParameters, mlp } from '../layers/mlp.js';
import type { Random } from '../random/random.js';
import { additiveMask } from './additive-mask.js';
import {
  type AttentionOptions,
  createSelfAttention,
  type SelfAttentionParameters,
  selfAttendRows,
} from './attention.js';
import { onRows } from './on-rows.js';

/** `x + attention(norm(x))`, then `x + mlp(norm(x))`. */
export type EncoderBlockParameters = {
  readonly attentionNorm: LayerNormParameters;
  readonly attention: SelfAttentionParameters;
  readonly feedForwardNorm: LayerNormParameters;
  readonly feedForward: MlpParameters;
};

/** Blocks one after the other, then a last norm. */
export type EncoderParameters = {
  readonly blocks: readonly EncoderBlockParameters[];
  readonly norm: LayerNormParameters;
};

export type CreateEncoderBlockOptions = {
  width: number;
  heads: number;
  /** Width of the hidden layer. @default 4 · width */
  feedForward?: number;
  /** Factor on the initial weights of both projections that are added to the residual stream. @default 1 */
  residualScale?: number;
};

export type CreateEncoderOptions = Omit<CreateEncoderBlockOptions, 'residualScale'> & { layers: number };

/** Parameters of a pre-LN encoder block. */
export function createEncoderBlock(
  random: Random,
  { width, heads, feedForward = 4 * width, residualScale = 1 }: CreateEncoderBlockOptions,
): EncoderBlockParameters {
  return {
    attentionNorm: createLayerNorm(width),
    attention: createSelfAttention(random, { width, heads, outputStd: residualScale / Math.sqrt(width) }),
    feedForwardNorm: createLayerNorm(width),
    feedForward: createMlp(random, [width, feedForward, width], { lastStd: residualScale / Math.sqrt(feedForward) }),
  };
}

/**
 * Parameters of an encoder. What each of its 2 · layers residual branches adds starts smaller by the root of their
 * number.
 */
export function createEncoder(random: Random, { layers, ...sizes }: CreateEncoderOptions): EncoderParameters {
  const residualScale = 1 / Math.sqrt(2 * Math.max(1, layers));
  return {
    blocks: Array.from({ length: layers }, () => createEncoderBlock(random, { ...sizes, residualScale })),
    norm: createLayerNorm(sizes.width),
  };
}

/**
 * A pre-LN transformer encoder block with GELU.
 *
 * @param x `[B, T, width]`
 * @returns `[B, T, width]`
 */
export function encoderBlock(parameters: EncoderBlockParameters, x: tf.Tensor, options: AttentionOptions): tf.Tensor3D {
  return onRows(parameters.attentionNorm, x, 'encoderBlock', (rows, batch) =>
    blockRows(parameters, rows, batch, options),
  );
}

/**
 * A pre-LN transformer encoder: blocks, then a last layer norm.
 *
 * @param x `[B, T, width]`
 * @returns `[B, T, width]`
 */
export function encoder(
  { blocks, norm }: EncoderParameters,
  x: tf.Tensor,
  { heads, mask }: AttentionOptions,
): tf.Tensor3D {
  return onRows(norm, x, 'encoder', (rows, batch) => {
    const options = mask ? { heads, mask: additiveMask(mask) } : { heads };
    return layerNorm(
      norm,
      blocks.reduce((value, block) => blockRows(block, value, batch, options), rows),
    ) as tf.Tensor2D;
  });
}

function blockRows(
  parameters: EncoderBlockParameters,
  rows: tf.Tensor2D,
  batch: number,
  options: AttentionOptions,
): tf.Tensor2D {
  return tf.tidy(() => {
    const normed = layerNorm(parameters.attentionNorm, rows) as tf.Tensor2D;
    const middle = tf.add(rows, selfAttendRows(parameters.attention, normed, batch, options).output);
    return tf.add(middle, mlp(parameters.feedForward, layerNorm(parameters.feedForwardNorm, middle))) as tf.Tensor2D;
  });
}
