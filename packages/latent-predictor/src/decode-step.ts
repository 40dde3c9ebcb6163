import {
  attention,
  type DecoderParameters,
  type KeysValues,
  layerNorm,
  mlp,
  projectMemory,
  selfAttentionStep,
} from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';

/** What step-by-step decoding within a differentiated function carries along; all of it belongs to the graph. */
export type DecodingState = {
  /** Of each block: the keys and values of the memory. */
  readonly memory: readonly KeysValues[];
  /** Of each block: the keys and values of the earlier tokens. */
  readonly self: readonly (KeysValues | null)[];
};

/** The state before the first step. */
export function startDecoding({ blocks }: DecoderParameters, memory: tf.Tensor, heads: number): DecodingState {
  return {
    memory: blocks.map((block) => projectMemory(block.memoryAttention, memory, { heads })),
    self: blocks.map(() => null),
  };
}

/**
 * The decoder of nn with a cache that is a value: nothing is kept or disposed, so that gradients can flow through every
 * step. Call it within a tidy.
 *
 * @param x `[B, T, width]`, the tokens of the next step
 */
export function decodeStep(
  { blocks, norm }: DecoderParameters,
  x: tf.Tensor,
  state: DecodingState,
  { heads, memoryMask }: { heads: number; memoryMask: tf.Tensor },
): { output: tf.Tensor; state: DecodingState } {
  const self: KeysValues[] = [];
  let value = x;
  blocks.forEach((block, k) => {
    const own = selfAttentionStep(block.selfAttention, layerNorm(block.selfAttentionNorm, value), {
      heads,
      past: state.self[k],
    });
    self.push(own.keysValues);
    const afterSelf = tf.add(value, own.output);
    const attended = attention(block.memoryAttention, layerNorm(block.memoryAttentionNorm, afterSelf), null, {
      heads,
      mask: memoryMask,
      cache: state.memory[k],
    });
    const afterMemory = tf.add(afterSelf, attended);
    value = tf.add(afterMemory, mlp(block.feedForward, layerNorm(block.feedForwardNorm, afterMemory)));
  });
  return { output: layerNorm(norm, value), state: { memory: state.memory, self } };
}
