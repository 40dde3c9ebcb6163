import type { AttentionParameters, SelfAttentionParameters } from '../attention/attention.js';
import type { DecoderParameters } from '../attention/decoder.js';
import type { EncoderParameters } from '../attention/encoder.js';
import type { LayerNormParameters } from '../layers/layer-norm.js';
import type { LinearParameters } from '../layers/linear.js';
import type { MlpParameters } from '../layers/mlp.js';
import type { Host, HostMemory, OnHost } from './create-host.js';

// The layers of this package for one sample in ordinary memory: rows are tokens, results are new arrays.

/** `x · weight + bias`, `[rows, in]` to `[rows, out]`. */
export function linearOnHost(host: Host, { weight, bias }: OnHost<LinearParameters>, x: Float32Array): Float32Array {
  return host.multiply(weight, x, bias);
}

/** Linear layers with GELU between them. */
export function mlpOnHost(host: Host, { layers }: OnHost<MlpParameters>, x: Float32Array): Float32Array {
  return layers.reduce((value, layer, index) => linearOnHost(host, layer, index === 0 ? value : host.gelu(value)), x);
}

function layerNorm(host: Host, { scale, offset }: OnHost<LayerNormParameters>, x: Float32Array): Float32Array {
  return host.layerNorm(x, scale, offset);
}

/** x += y. */
function accumulate(x: Float32Array, y: Float32Array): void {
  for (let i = 0; i < x.length; i++) x[i]! += y[i]!;
}

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
  const sizes = { heads, size: width / heads };
  const own = linearOnHost(host, queryKeyValue, x); // [tokens, 3 width]
  const all = past ? concat(past, own) : own;
  const mixed = host.attend(own, 3 * width, host.packMemory(all, 3 * width, width, sizes), sizes);
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
    const normed = layerNorm(host, block.attentionNorm, rows);
    accumulate(rows, selfAttention(host, block.attention, normed, heads, null).output);
    accumulate(rows, mlpOnHost(host, block.feedForward, layerNorm(host, block.feedForwardNorm, rows)));
  }
  return layerNorm(host, norm, rows);
}

/** See `createDecoderCache`. @param memory `[count, memoryWidth]` */
export function createDecoderCacheOnHost(
  host: Host,
  { blocks }: OnHost<DecoderParameters>,
  memory: Float32Array,
  { heads }: { heads: number },
): HostDecoderCache {
  const memories = blocks.map(({ memoryAttention }: { memoryAttention: OnHost<AttentionParameters> }) => {
    const width = memoryAttention.query.weight.inputs;
    const rows = linearOnHost(host, memoryAttention.keyValue, memory);
    return host.packMemory(rows, 2 * width, 0, { heads, size: width / heads });
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
  blocks.forEach((block, index) => {
    const own = selfAttention(
      host,
      block.selfAttention,
      layerNorm(host, block.selfAttentionNorm, rows),
      heads,
      cache.past[index]!,
    );
    cache.past[index] = own.all;
    accumulate(rows, own.output);
    const query = linearOnHost(host, block.memoryAttention.query, layerNorm(host, block.memoryAttentionNorm, rows));
    const mixed = host.attend(query, width, cache.memories[index]!, { heads, size: width / heads, mask: memoryMask });
    accumulate(rows, linearOnHost(host, block.memoryAttention.output, mixed));
    accumulate(rows, mlpOnHost(host, block.feedForward, layerNorm(host, block.feedForwardNorm, rows)));
  });
  return layerNorm(host, norm, rows);
}
