import * as tf from '@tensorflow/tfjs-core';
import { InvalidArgumentError, ShapeError } from '../errors/errors.js';
import { createLinear, type LinearParameters, linear } from '../layers/linear.js';
import type { Random } from '../random/random.js';
import { matchShape } from '../shapes/match-shape.js';
import { additiveMask } from './additive-mask.js';

/** `query [width, width]`, `keyValue [memoryWidth, 2 · width]` (all keys, then all values), `output [width, width]`. */
export type AttentionParameters = {
  readonly query: LinearParameters;
  readonly keyValue: LinearParameters;
  readonly output: LinearParameters;
};

/** `queryKeyValue [width, 3 · width]`: one product where self-attention would need three. `output [width, width]`. */
export type SelfAttentionParameters = { readonly queryKeyValue: LinearParameters; readonly output: LinearParameters };

export type CreateAttentionOptions = {
  width: number;
  /** Width of the memory. @default width */
  memoryWidth?: number;
  heads: number;
  /** Standard deviation of the output projection's initial weights. @default 1 / sqrt(width) */
  outputStd?: number;
};

/** Keys and values of a memory, split into heads: `[B, heads, S, width / heads]` each. */
export type KeysValues = { readonly keys: tf.Tensor4D; readonly values: tf.Tensor4D };

export type AttentionOptions = {
  heads: number;
  /**
   * `[B | 1, heads | 1, T | 1, S]`. Boolean: true where attention may go. Float: added to the scores.
   * @default every query may attend to everything
   */
  mask?: tf.Tensor;
};

export type CrossAttentionOptions = AttentionOptions & {
  /** What `projectMemory` made of the memory, to save doing it again. The memory itself is then `null`. */
  cache?: KeysValues;
};

export type SelfAttentionOptions = AttentionOptions & {
  /** Keys and values of earlier tokens, in front of the new ones. */
  past?: KeysValues | null;
};

export type SelfAttentionStep = { readonly output: tf.Tensor3D; readonly keysValues: KeysValues };

/** Parameters of attention from one sequence to another one. */
export function createAttention(
  random: Random,
  { width, memoryWidth = width, heads, outputStd }: CreateAttentionOptions,
): AttentionParameters {
  checkHeads('createAttention', width, heads);
  return {
    query: createLinear(random, width, width),
    keyValue: createLinear(random, memoryWidth, 2 * width),
    output: createLinear(random, width, width, { std: outputStd }),
  };
}

/** Parameters of attention within one sequence. */
export function createSelfAttention(
  random: Random,
  { width, heads, outputStd }: Omit<CreateAttentionOptions, 'memoryWidth'>,
): SelfAttentionParameters {
  checkHeads('createSelfAttention', width, heads);
  return {
    queryKeyValue: createLinear(random, width, 3 * width),
    output: createLinear(random, width, width, { std: outputStd }),
  };
}

/**
 * Multi-head scaled dot-product attention, Vaswani et al. 2017:
 * `softmax(Q Kᵀ / sqrt(width / heads) + mask) V`, heads side by side, then the output projection.
 *
 * @param query `[B, T, width]`
 * @param memory `[B, S, memoryWidth]`, or null with a cache
 * @returns `[B, T, width]`
 * @throws ShapeError if widths, batches or the mask disagree
 */
export function attention(
  parameters: AttentionParameters,
  query: tf.Tensor,
  memory: tf.Tensor | null,
  { heads, mask, cache }: CrossAttentionOptions,
): tf.Tensor3D {
  const width = parameters.query.weight.shape[0];
  checkHeads('attention', width, heads);
  const { B } = matchShape(query.shape, ['B', 'T', width], 'attention: query');
  if ((memory === null) === (cache === undefined)) {
    throw new InvalidArgumentError('attention: expected either memory or a cache. Pass null as memory with a cache.');
  }
  if (memory) matchShape(memory.shape, [B, 'S', parameters.keyValue.weight.shape[0]], 'attention: memory');
  if (cache) matchShape(cache.keys.shape, [B, heads, 'S', width / heads], 'attention: cache.keys');
  return tf.tidy(() => {
    const memoryKeys = cache ?? projectMemory(parameters, memory!, { heads });
    const rows = tf.reshape(query, [-1, width]) as tf.Tensor2D;
    return tf.reshape(
      attendRows(parameters, rows, memoryKeys, { heads, mask }),
      query.shape as [number, number, number],
    );
  });
}

/** As `attention` to a projected memory, on queries `[B · T, width]` and without checks. */
export function attendRows(
  parameters: AttentionParameters,
  rows: tf.Tensor2D,
  { keys, values }: KeysValues,
  { heads, mask }: AttentionOptions,
): tf.Tensor2D {
  checkHeads('attention', rows.shape[1], heads);
  const queries = splitHeads(linear(parameters.query, rows), keys.shape[0], heads); // [B, heads, T, size]
  return attend(queries, keys, values, mask, parameters.output, 'attention');
}

/**
 * The keys and values that `attention` would compute from a memory, to be used many times.
 *
 * @param memory `[B, S, memoryWidth]`
 */
export function projectMemory(
  { keyValue }: AttentionParameters,
  memory: tf.Tensor,
  { heads }: { heads: number },
): KeysValues {
  const { B } = matchShape(memory.shape, ['B', 'S', keyValue.weight.shape[0]], 'projectMemory: memory');
  checkHeads('projectMemory', keyValue.weight.shape[1] / 2, heads);
  return tf.tidy(() => {
    const [keys, values] = tf.split(splitHeads(linear(keyValue, memory), B, 2 * heads), 2, 1) as [
      tf.Tensor4D,
      tf.Tensor4D,
    ];
    return { keys, values };
  });
}

/**
 * Attention of a sequence to itself, after `past` if there is one.
 *
 * @param x `[B, T, width]`
 * @returns `[B, T, width]`
 */
export function selfAttention(
  parameters: SelfAttentionParameters,
  x: tf.Tensor,
  options: SelfAttentionOptions,
): tf.Tensor3D {
  return tf.tidy(() => attendToSelf(parameters, x, options, 'selfAttention').output);
}

/**
 * As `selfAttention`; and returns the keys and values of the past and the new tokens together, which are the `past` of
 * the next step. Nothing is kept or changed, so that gradients flow through any number of steps.
 *
 * @param x `[B, T, width]`
 * @returns the output, `[B, T, width]`, and the keys and values, `[B, heads, past + T, width / heads]`
 */
export function selfAttentionStep(
  parameters: SelfAttentionParameters,
  x: tf.Tensor,
  options: SelfAttentionOptions,
): SelfAttentionStep {
  return tf.tidy(() => attendToSelf(parameters, x, options, 'selfAttentionStep'));
}

function attendToSelf(
  parameters: SelfAttentionParameters,
  x: tf.Tensor,
  options: SelfAttentionOptions,
  where: string,
): SelfAttentionStep {
  const width = parameters.output.weight.shape[0];
  checkHeads(where, width, options.heads);
  const { B, T } = matchShape(x.shape, ['B', 'T', width], `${where}: x`);
  const { past } = options;
  if (past) matchShape(past.keys.shape, [B, options.heads, 'S', width / options.heads], `${where}: past.keys`);
  const rows = tf.reshape(x, [B * T, width]) as tf.Tensor2D;
  const { output, keysValues } = selfAttendRows(parameters, rows, B, options);
  return { output: tf.reshape(output, [B, T, width]) as tf.Tensor3D, keysValues };
}

/**
 * As `selfAttention`, on `[B · T, width]` and without checks; and returns the keys and values of the past and the new
 * tokens together, for the next step.
 */
export function selfAttendRows(
  { queryKeyValue, output }: SelfAttentionParameters,
  rows: tf.Tensor2D,
  batch: number,
  { heads, mask, past }: SelfAttentionOptions,
): { output: tf.Tensor2D; keysValues: KeysValues } {
  checkHeads('selfAttention', rows.shape[1], heads);
  const all = splitHeads(linear(queryKeyValue, rows), batch, 3 * heads); // [B, 3 · heads, T, size]
  const [queries, newKeys, newValues] = tf.split(all, 3, 1) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
  const keys = past ? tf.concat([past.keys, newKeys], 2) : newKeys;
  const values = past ? tf.concat([past.values, newValues], 2) : newValues;
  return { output: attend(queries, keys, values, mask, output, 'selfAttention'), keysValues: { keys, values } };
}

/** `[B, T, heads · size]` or `[B · T, heads · size]` to `[B, heads, T, size]`. */
function splitHeads(x: tf.Tensor, batch: number, heads: number): tf.Tensor4D {
  const width = x.shape[x.rank - 1]!;
  return tf.transpose(tf.reshape(x, [batch, -1, heads, width / heads]), [0, 2, 1, 3]) as tf.Tensor4D;
}

/** Softmax, mixture and output projection. Returns `[B · T, width]`. */
function attend(
  queries: tf.Tensor4D,
  keys: tf.Tensor4D,
  values: tf.Tensor4D,
  mask: tf.Tensor | undefined,
  output: LinearParameters,
  where: string,
): tf.Tensor2D {
  const [B, heads, T, size] = queries.shape;
  if (mask) checkMask(mask.shape, [B, heads, T, keys.shape[2]], where);
  const products = tf.matMul(tf.mul(queries, 1 / Math.sqrt(size)), keys, false, true); // [B, heads, T, S]
  const scores = mask ? tf.add(products, additiveMask(mask)) : products;
  const mixed = tf.matMul(tf.softmax(scores), values); // [B, heads, T, size]
  const together = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [B * T, heads * size]);
  return linear(output, together) as tf.Tensor2D;
}

function checkMask(shape: readonly number[], [B, heads, T, S]: [number, number, number, number], where: string): void {
  const [b, h, t, s] = shape;
  const fits =
    shape.length === 4 && (b === B || b === 1) && (h === heads || h === 1) && (t === T || t === 1) && s === S;
  if (!fits) {
    throw new ShapeError(
      `${where}: mask: expected [${B} or 1, ${heads} or 1, ${T} or 1, ${S}], got [${shape.join(', ')}]`,
    );
  }
}

function checkHeads(where: string, width: number, heads: number): void {
  if (!Number.isSafeInteger(heads) || heads < 1 || width % heads !== 0) {
    throw new InvalidArgumentError(`${where}: heads: expected a divisor of the width ${width}, got ${heads}`);
  }
}
