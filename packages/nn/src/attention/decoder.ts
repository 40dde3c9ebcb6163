import * as tf from '@tensorflow/tfjs-core';
import { InvalidArgumentError } from '../errors/errors.js';
import { createLayerNorm, type LayerNormParameters, layerNorm } from '../layers/layer-norm.js';
import { createMlp, type MlpParameters, mlp } from '../layers/mlp.js';
import type { Random } from '../random/random.js';
import { matchShape } from '../shapes/match-shape.js';
import { additiveMask } from './additive-mask.js';
import {
  type AttentionParameters,
  attendRows,
  createAttention,
  createSelfAttention,
  type KeysValues,
  projectMemory,
  type SelfAttentionParameters,
  selfAttendRows,
} from './attention.js';
import { onRows } from './on-rows.js';

/** `x + selfAttention(norm(x))`, then `x + attention(norm(x), memory)`, then `x + mlp(norm(x))`. */
export type DecoderBlockParameters = {
  readonly selfAttentionNorm: LayerNormParameters;
  readonly selfAttention: SelfAttentionParameters;
  readonly memoryAttentionNorm: LayerNormParameters;
  readonly memoryAttention: AttentionParameters;
  readonly feedForwardNorm: LayerNormParameters;
  readonly feedForward: MlpParameters;
};

/** Blocks one after the other, then a last norm. */
export type DecoderParameters = {
  readonly blocks: readonly DecoderBlockParameters[];
  readonly norm: LayerNormParameters;
};

export type CreateDecoderBlockOptions = {
  width: number;
  /** Width of the memory. @default width */
  memoryWidth?: number;
  heads: number;
  /** Width of the hidden layer. @default 4 · width */
  feedForward?: number;
  /** Factor on the initial weights of the three projections that are added to the residual stream. @default 1 */
  residualScale?: number;
};

export type CreateDecoderOptions = Omit<CreateDecoderBlockOptions, 'residualScale'> & { layers: number };

/** What a decoder block remembers between steps. */
export type DecoderBlockCache = { readonly memory: KeysValues; self: KeysValues | null };

/** What a decoder remembers between steps. Owns its tensors, and keeps them through any tidy. For inference only. */
export type DecoderCache = {
  readonly blocks: readonly DecoderBlockCache[];
  /** Tokens decoded so far. */
  readonly length: number;
  dispose(): void;
};

export type DecoderMasks = {
  heads: number;
  /**
   * `[B | 1, heads | 1, T | 1, T]`, with a cache `[…, T, length + T]`. See `AttentionOptions.mask`, `blockCausalMask`.
   */
  selfMask?: tf.Tensor;
  /** `[B | 1, heads | 1, T | 1, S]`, such as which tokens of a padded memory are real. */
  memoryMask?: tf.Tensor;
};

export type DecoderBlockOptions = DecoderMasks & {
  /** Keys and values of the memory and of earlier tokens. Is only read; memory is then null. */
  cache?: DecoderBlockCache;
};

export type DecoderOptions = DecoderMasks & {
  /** From `createDecoderCache`. x is then the new tokens only; they are appended, and memory is null. */
  cache?: DecoderCache;
};

/** Parameters of a pre-LN decoder block. */
export function createDecoderBlock(
  random: Random,
  { width, memoryWidth = width, heads, feedForward = 4 * width, residualScale = 1 }: CreateDecoderBlockOptions,
): DecoderBlockParameters {
  const outputStd = residualScale / Math.sqrt(width);
  return {
    selfAttentionNorm: createLayerNorm(width),
    selfAttention: createSelfAttention(random, { width, heads, outputStd }),
    memoryAttentionNorm: createLayerNorm(width),
    memoryAttention: createAttention(random, { width, memoryWidth, heads, outputStd }),
    feedForwardNorm: createLayerNorm(width),
    feedForward: createMlp(random, [width, feedForward, width], { lastStd: residualScale / Math.sqrt(feedForward) }),
  };
}

/**
 * Parameters of a decoder. What each of its 3 · layers residual branches adds starts smaller by the root of their
 * number.
 */
export function createDecoder(random: Random, { layers, ...sizes }: CreateDecoderOptions): DecoderParameters {
  const residualScale = 1 / Math.sqrt(3 * Math.max(1, layers));
  return {
    blocks: Array.from({ length: layers }, () => createDecoderBlock(random, { ...sizes, residualScale })),
    norm: createLayerNorm(sizes.width),
  };
}

/**
 * A pre-LN transformer decoder block with GELU: self-attention, attention to a memory, feed-forward.
 *
 * @param x `[B, T, width]`
 * @param memory `[B, S, memoryWidth]`, or null with a cache
 * @returns `[B, T, width]`
 */
export function decoderBlock(
  parameters: DecoderBlockParameters,
  x: tf.Tensor,
  memory: tf.Tensor | null,
  options: DecoderBlockOptions,
): tf.Tensor3D {
  const { heads } = options;
  checkMemory('decoderBlock', memory, options.cache);
  return onRows(parameters.selfAttentionNorm, x, 'decoderBlock', (rows, batch) => {
    checkBatch('decoderBlock', batch, memory, options.cache);
    const memoryKeys = options.cache?.memory ?? projectMemory(parameters.memoryAttention, memory!, { heads });
    const past = options.cache?.self;
    return decoderBlockRows(parameters, rows, batch, memoryKeys, past, options).output;
  });
}

/**
 * A pre-LN transformer decoder: blocks, then a last layer norm.
 *
 * ```ts
 * const cache = createDecoderCache(parameters, memory, { heads });
 * const first = decoder(parameters, tokens0, null, { heads, cache });
 * const second = decoder(parameters, tokens1, null, { heads, cache }); // sees tokens0 too
 * cache.dispose();
 * ```
 *
 * Without `selfMask`, tokens decoded in one call see each other and all earlier ones: that is block-causal if each call
 * has one whole step.
 *
 * @param x `[B, T, width]`
 * @param memory `[B, S, memoryWidth]`, or null with a cache
 * @returns `[B, T, width]`
 * @throws InvalidArgumentError unless there is either a memory or a cache made for these parameters
 */
export function decoder(
  { blocks, norm }: DecoderParameters,
  x: tf.Tensor,
  memory: tf.Tensor | null,
  { heads, selfMask, memoryMask, cache }: DecoderOptions,
): tf.Tensor3D {
  checkMemory('decoder', memory, cache);
  if (cache && cache.blocks.length !== blocks.length) {
    throw new InvalidArgumentError(
      `decoder: cache: expected ${blocks.length} blocks, got ${cache.blocks.length}. Make it with createDecoderCache of these parameters, and do not use it once disposed.`,
    );
  }
  const selves: KeysValues[] = [];
  const output = onRows(norm, x, 'decoder', (rows, batch) => {
    checkBatch('decoder', batch, memory, cache?.blocks[0]);
    const masks = {
      heads,
      selfMask: selfMask && additiveMask(selfMask),
      memoryMask: memoryMask && additiveMask(memoryMask),
    };
    const last = blocks.reduce((value, block, index) => {
      const own = cache?.blocks[index];
      const step = tf.tidy(() => {
        const memoryKeys = own?.memory ?? projectMemory(block.memoryAttention, memory!, { heads });
        const { output, keysValues } = decoderBlockRows(block, value, batch, memoryKeys, own?.self, masks);
        return cache ? { output, ...keysValues } : { output };
      });
      if ('keys' in step) selves.push({ keys: step.keys, values: step.values });
      return step.output;
    }, rows);
    const result = layerNorm(norm, last) as tf.Tensor2D;
    // Only now that every block has succeeded.
    for (const { keys, values } of selves) for (const tensor of [keys, values]) tf.keep(tensor);
    return result;
  });
  cache?.blocks.forEach((block, index) => {
    if (block.self) tf.dispose([block.self.keys, block.self.values]);
    block.self = selves[index]!;
  });
  return output;
}

/**
 * Prepares step-by-step decoding: every block's keys and values of the memory are computed once.
 *
 * @param memory `[B, S, memoryWidth]`
 */
export function createDecoderCache(
  { blocks }: DecoderParameters,
  memory: tf.Tensor,
  { heads }: { heads: number },
): DecoderCache {
  let caches: DecoderBlockCache[] = blocks.map((block) => {
    const { keys, values } = projectMemory(block.memoryAttention, memory, { heads });
    return { memory: { keys: tf.keep(keys), values: tf.keep(values) }, self: null };
  });
  return {
    get blocks() {
      return caches;
    },
    get length() {
      return caches[0]?.self?.keys.shape[2] ?? 0;
    },
    dispose() {
      for (const { memory, self } of caches)
        tf.dispose([memory.keys, memory.values, self?.keys ?? [], self?.values ?? []]);
      caches = [];
    },
  };
}

function decoderBlockRows(
  parameters: DecoderBlockParameters,
  rows: tf.Tensor2D,
  batch: number,
  memoryKeys: KeysValues,
  past: KeysValues | null | undefined,
  { heads, selfMask, memoryMask }: DecoderMasks,
): { output: tf.Tensor2D; keysValues: KeysValues } {
  const normed = layerNorm(parameters.selfAttentionNorm, rows) as tf.Tensor2D;
  const own = selfAttendRows(parameters.selfAttention, normed, batch, { heads, mask: selfMask, past });
  const afterSelf = tf.add(rows, own.output);
  const query = layerNorm(parameters.memoryAttentionNorm, afterSelf) as tf.Tensor2D;
  const attended = attendRows(parameters.memoryAttention, query, memoryKeys, { heads, mask: memoryMask });
  const afterMemory = tf.add(afterSelf, attended);
  const fed = mlp(parameters.feedForward, layerNorm(parameters.feedForwardNorm, afterMemory));
  return { output: tf.add(afterMemory, fed) as tf.Tensor2D, keysValues: own.keysValues };
}

function checkMemory(where: string, memory: tf.Tensor | null, cache: object | undefined): void {
  if ((memory === null) === (cache === undefined)) {
    throw new InvalidArgumentError(`${where}: expected either memory or a cache. Pass null as memory with a cache.`);
  }
}

function checkBatch(
  where: string,
  batch: number,
  memory: tf.Tensor | null,
  cache: DecoderBlockCache | undefined,
): void {
  if (memory) matchShape(memory.shape, [batch, 'S', 'width'], `${where}: memory`);
  if (cache) matchShape(cache.memory.keys.shape, [batch, 'heads', 'S', 'size'], `${where}: cache`);
}
