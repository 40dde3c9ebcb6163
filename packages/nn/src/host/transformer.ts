import type { AttentionParameters, SelfAttentionParameters } from '../attention/attention.js';
import type { DecoderParameters } from '../attention/decoder.js';
import type { EncoderParameters } from '../attention/encoder.js';
import type { LayerNormParameters } from '../layers/layer-norm.js';
import type { LinearParameters } from '../layers/linear.js';
import type { MlpParameters } from '../layers/mlp.js';
import type { Host, OnHost } from './create-host.js';

// The layers of this package for one sample in ordinary memory: rows are tokens, results are new arrays.

/** `x · weight + bias`, `[rows, in]` to `[rows, out]`. */
export function linearOnHost(host: Host, { weight, bias }: OnHost<LinearParameters>, x: Float32Array): Float32Array {
  const y = host.multiply(weight, x);
  if (bias) {
    for (let row = 0; row < y.length; row += bias.length) {
      for (let o = 0; o < bias.length; o++) y[row + o]! += bias[o]!;
    }
  }
  return y;
}

/** Linear layers with GELU between them. */
export function mlpOnHost(host: Host, { layers }: OnHost<MlpParameters>, x: Float32Array): Float32Array {
  return layers.reduce((value, layer, index) => linearOnHost(host, layer, index === 0 ? value : gelu(value)), x);
}

const A = 2 * Math.sqrt(2 / Math.PI); // the constants of `gelu`
const B = A * 0.044715;

/** In place. */
function gelu(x: Float32Array): Float32Array {
  for (let i = 0; i < x.length; i++) {
    const value = x[i]!;
    x[i] = value / (1 + Math.exp(-value * (A + B * value * value)));
  }
  return x;
}

function layerNorm({ scale, offset }: OnHost<LayerNormParameters>, x: Float32Array): Float32Array {
  const features = scale.length;
  const y = new Float32Array(x.length);
  for (let start = 0; start < x.length; start += features) {
    let mean = 0;
    for (let i = 0; i < features; i++) mean += x[start + i]!;
    mean /= features;
    let variance = 0;
    for (let i = 0; i < features; i++) variance += (x[start + i]! - mean) ** 2;
    const inverse = 1 / Math.sqrt(variance / features + 1e-5);
    for (let i = 0; i < features; i++) y[start + i] = (x[start + i]! - mean) * inverse * scale[i]! + offset[i]!;
  }
  return y;
}

/** x += y. */
function accumulate(x: Float32Array, y: Float32Array): void {
  for (let i = 0; i < x.length; i++) x[i]! += y[i]!;
}

/** Rows of keys and values of which every one is a part of a longer row: `row · stride + begin`. */
type Rows = { readonly data: Float32Array; readonly stride: number; readonly begin: number };

/** Heads side by side: `softmax(q kᵀ / sqrt(size) + mask) v` for `count` keys. @returns `[tokens, width]` */
function attend(
  query: Rows,
  keys: Rows,
  values: Rows,
  {
    tokens,
    count,
    width,
    heads,
    mask,
  }: { tokens: number; count: number; width: number; heads: number; mask?: Float32Array },
): Float32Array {
  const size = width / heads;
  const scale = 1 / Math.sqrt(size);
  const out = new Float32Array(tokens * width);
  const scores = new Float32Array(count);
  for (let t = 0; t < tokens; t++) {
    for (let h = 0; h < heads; h++) {
      const q = t * query.stride + query.begin + h * size;
      let most = Number.NEGATIVE_INFINITY;
      for (let s = 0; s < count; s++) {
        const k = s * keys.stride + keys.begin + h * size;
        let product = 0;
        for (let c = 0; c < size; c++) product += query.data[q + c]! * keys.data[k + c]!;
        scores[s] = product * scale + (mask ? mask[s]! : 0);
        most = Math.max(most, scores[s]!);
      }
      let total = 0;
      for (let s = 0; s < count; s++) {
        scores[s] = Math.exp(scores[s]! - most);
        total += scores[s]!;
      }
      const target = t * width + h * size;
      for (let s = 0; s < count; s++) {
        const weight = scores[s]! / total;
        const v = s * values.stride + values.begin + h * size;
        for (let c = 0; c < size; c++) out[target + c]! += weight * values.data[v + c]!;
      }
    }
  }
  return out;
}

/** Keys and values side by side, `[tokens, 2 · width]`. */
export type HostMemory = { readonly data: Float32Array; readonly count: number };

/** What a decoder block remembers between steps: `[tokens, 3 · width]` of the steps so far, queries among them. */
export type HostDecoderCache = { readonly memories: readonly HostMemory[]; past: (Float32Array | null)[] };

function selfAttention(
  host: Host,
  { queryKeyValue, output }: OnHost<SelfAttentionParameters>,
  x: Float32Array,
  heads: number,
  past: Float32Array | null,
): { output: Float32Array; all: Float32Array } {
  const width = queryKeyValue.weight.inputs;
  const own = linearOnHost(host, queryKeyValue, x); // [tokens, 3 width]
  const all = past ? concat(past, own) : own;
  const stride = 3 * width;
  const mixed = attend(
    { data: own, stride, begin: 0 },
    { data: all, stride, begin: width },
    { data: all, stride, begin: 2 * width },
    { tokens: own.length / stride, count: all.length / stride, width, heads },
  );
  return { output: linearOnHost(host, output, mixed), all };
}

function concat(a: Float32Array, b: Float32Array): Float32Array {
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** See `encoder`. @param x `[tokens, width]` */
export function encoderOnHost(
  host: Host,
  { blocks, norm }: OnHost<EncoderParameters>,
  x: Float32Array,
  { heads }: { heads: number },
): Float32Array {
  const rows = x.slice();
  for (const block of blocks) {
    const normed = layerNorm(block.attentionNorm, rows);
    accumulate(rows, selfAttention(host, block.attention, normed, heads, null).output);
    accumulate(rows, mlpOnHost(host, block.feedForward, layerNorm(block.feedForwardNorm, rows)));
  }
  return layerNorm(norm, rows);
}

/** See `createDecoderCache`. @param memory `[count, memoryWidth]` */
export function createDecoderCacheOnHost(
  host: Host,
  { blocks }: OnHost<DecoderParameters>,
  memory: Float32Array,
): HostDecoderCache {
  const memories = blocks.map(({ memoryAttention }: { memoryAttention: OnHost<AttentionParameters> }) => {
    const data = linearOnHost(host, memoryAttention.keyValue, memory);
    return { data, count: memory.length / memoryAttention.keyValue.weight.inputs };
  });
  return { memories, past: blocks.map(() => null) };
}

/**
 * See `decoder` with a cache: x are the new tokens, which see each other and all earlier ones.
 *
 * @param x `[tokens, width]`
 * @param memoryMask added to the scores of the memory, `[count]`
 */
export function decoderOnHost(
  host: Host,
  { blocks, norm }: OnHost<DecoderParameters>,
  x: Float32Array,
  { heads, cache, memoryMask }: { heads: number; cache: HostDecoderCache; memoryMask?: Float32Array },
): Float32Array {
  const rows = x.slice();
  const width = norm.scale.length;
  const tokens = rows.length / width;
  blocks.forEach((block, index) => {
    const own = selfAttention(
      host,
      block.selfAttention,
      layerNorm(block.selfAttentionNorm, rows),
      heads,
      cache.past[index]!,
    );
    cache.past[index] = own.all;
    accumulate(rows, own.output);
    const query = linearOnHost(host, block.memoryAttention.query, layerNorm(block.memoryAttentionNorm, rows));
    const { data, count } = cache.memories[index]!;
    const mixed = attend(
      { data: query, stride: width, begin: 0 },
      { data, stride: 2 * width, begin: 0 },
      { data, stride: 2 * width, begin: width },
      { tokens, count, width, heads, mask: memoryMask },
    );
    accumulate(rows, linearOnHost(host, block.memoryAttention.output, mixed));
    accumulate(rows, mlpOnHost(host, block.feedForward, layerNorm(block.feedForwardNorm, rows)));
  });
  return layerNorm(norm, rows);
}
