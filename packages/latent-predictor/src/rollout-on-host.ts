import { createDecoderCacheOnHost, decoderOnHost, type Host, linearOnHost } from '@autodrag/nn/host';
import type { LatentPredictor } from './create-latent-predictor.js';

export type HostRolloutInput = {
  /** `[numWs * wDim]`: w_0 */
  w: Float32Array;
  /** `[S * width]`, the tokens of `encodeMemory` for one drag: see `createEncoderOnHost` */
  tokens: Float32Array;
  /** `[S]`, its mask, if there is padding */
  mask?: Float32Array;
  /**
   * The regularizer: the edited layers `[editedLayers * wDim]` of a code, restored. Without it predictions stay as they
   * are.
   */
  restore?: (edited: Float32Array) => Float32Array;
};

/**
 * `rollout` for one drag in ordinary memory: see `Host`.
 *
 * @returns a function that gives the codes ŵ_1 … ŵ_n one after the other, `[numWs * wDim]` each, new
 */
export async function createRolloutOnHost(
  host: Host,
  { parameters, config }: Pick<LatentPredictor, 'parameters' | 'config'>,
): Promise<(input: HostRolloutInput) => Generator<Float32Array, void, undefined>> {
  const { query, layerEmbedding, stepEmbedding, decoder, head, gate } = parameters;
  const { average: center, std: spread } = parameters.statistics.codes;
  const own = await host.upload({ query, layerEmbedding, stepEmbedding, decoder, head, gate, center, spread });
  const { wDim, editedLayers, width, heads, steps, queryDisplacement } = config;

  /** The query tokens of step `i`, `[tokens, width]`: see `queryTokens`. */
  const tokensOf = (code: Float32Array, start: Float32Array, i: number): Float32Array => {
    const each = queryDisplacement ? 2 * wDim : wDim;
    const input = new Float32Array(editedLayers * each);
    for (let layer = 0; layer < editedLayers; layer++) {
      for (let c = 0; c < wDim; c++) {
        const value = code[layer * wDim + c]!;
        input[layer * each + c] = (value - own.center[c]!) / own.spread[c]!;
        if (queryDisplacement) input[layer * each + wDim + c] = (value - start[layer * wDim + c]!) / own.spread[c]!;
      }
    }
    const step = own.stepEmbedding.subarray(i * width, (i + 1) * width);
    return linearOnHost(host, own.query, input).map((value, j) => value + own.layerEmbedding[j]! + step[j % width]!);
  };

  return function* ({ w, tokens, mask, restore }) {
    const cache = createDecoderCacheOnHost(host, own.decoder, tokens, { heads });
    const start = w.subarray(0, editedLayers * wDim);
    let code: Float32Array = start;
    for (let i = 0; i < steps; i++) {
      const decoded = decoderOnHost(host, own.decoder, tokensOf(code, start, i), {
        heads,
        cache,
        ...(mask && { memoryMask: mask }),
      });
      const from = code;
      const next = linearOnHost(host, own.head, decoded).map((value, j) => from[j]! + value * own.spread[j % wDim]!);
      const restored = restore?.(next);
      code = restored ? next.map((value, j) => value + own.gate[0]! * (restored[j]! - value)) : next;
      const whole = w.slice();
      whole.set(code);
      yield whole;
    }
  };
}

/** Multiplications of a rollout, and of the regularizer that it is joined with: what decides whether a host pays. */
export function rolloutWork({ config }: Pick<LatentPredictor, 'config'>): number {
  const { width, feedForward, decoderLayers, steps, editedLayers, tokens } = config;
  const block = 6 * width * width + 2 * width * feedForward;
  return steps * (tokens === 'flat' ? 1 : editedLayers) * decoderLayers * block;
}
