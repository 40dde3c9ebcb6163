import {
  createDecoderCacheOnHost,
  decoderOnHost,
  encoderOnHost,
  type Host,
  linearOnHost,
  mlpOnHost,
} from '@autodrag/nn/host';
import type { LatentRegularizer } from './create-latent-regularizer.js';

/** The edited layers `[editedLayers * wDim]` of a code, restored; new. */
export type RestoreOnHost = (edited: Float32Array) => Float32Array;

/**
 * `latentRegularizer` for one code at a time in ordinary memory. What the clean layers contribute is computed once for
 * all codes that share them, as those of a drag do.
 *
 * @returns a function that takes a code `[numWs * wDim]`, whose clean layers are read
 */
export async function createRestoreOnHost(
  host: Host,
  { parameters, config }: Pick<LatentRegularizer, 'parameters' | 'config'>,
): Promise<(w: Float32Array) => RestoreOnHost> {
  const { wDim, editedLayers, heads, output, width } = config;
  const own = await host.upload(parameters);
  const { average, std } = own.statistics;
  const standard = (codes: Float32Array) => codes.map((value, i) => (value - average[i % wDim]!) / std[i % wDim]!);

  const queriesOf = (w: Float32Array): Float32Array => {
    if (!own.clean) return own.positionEmbedding;
    const evidence = linearOnHost(host, own.clean.projection, standard(w.subarray(editedLayers * wDim))); // [C, D]
    const mixed = mlpOnHost(host, own.clean.mixer, transpose(evidence, width)); // [D, E]
    return transpose(mixed, editedLayers).map((value, i) => value + own.positionEmbedding[i]!);
  };

  return (w) => {
    const queries = queriesOf(w); // [E, D]
    return (edited) => {
      const keys = mlpOnHost(host, own.keys, standard(edited)).map((value, i) => value + own.layerEmbedding[i]!);
      const memory = encoderOnHost(host, own.encoder, keys, { heads });
      const cache = createDecoderCacheOnHost(host, own.decoder, memory, { heads });
      const tokens = decoderOnHost(host, own.decoder, queries, { heads, cache });
      const predicted = linearOnHost(host, own.head, tokens);
      const gate = own.gate && linearOnHost(host, own.gate, tokens);
      return predicted.map((value, i) => {
        const channel = i % wDim;
        const restored = (output === 'residual' ? edited[i]! : average[channel]!) + value * std[channel]!;
        return gate ? edited[i]! + (restored - edited[i]!) / (1 + Math.exp(-gate[i]!)) : restored;
      });
    };
  };
}

/** `[rows, columns]` to `[columns, rows]`. */
function transpose(x: Float32Array, columns: number): Float32Array {
  const rows = x.length / columns;
  return x.map((_, i) => x[(i % rows) * columns + Math.floor(i / rows)]!);
}
