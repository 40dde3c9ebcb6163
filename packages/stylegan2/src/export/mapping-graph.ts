import type * as tf from '@tensorflow/tfjs-core';
import type { StyleGan2Config } from '../config.js';
import { numWs } from '../num-ws.js';
import type { FullyConnectedParameters, StyleGan2Parameters } from '../parameters.js';
import type { Graph } from './graph.js';
import { scaledValues } from './scaled-values.js';

export type MappingGraphOptions = {
  readonly truncationPsi: number;
  readonly truncationCutoff: number | null;
};

/**
 * `mapping` as a graph. @returns the name of `[batch, numWs, wDim]`
 *
 * @param z name of `[batch, zDim]`
 * @param c name of `[batch, cDim]`, for a conditional generator
 */
export async function mappingGraph(
  graph: Graph,
  { mapping, buffers }: Pick<StyleGan2Parameters, 'mapping' | 'buffers'>,
  config: StyleGan2Config,
  [z, c]: readonly [z: string, c: string | null],
  { truncationPsi, truncationCutoff }: MappingGraphOptions,
): Promise<string> {
  let x = normalized(graph, z);
  if (c !== null && mapping.embed) {
    const embedded = await connected(graph, mapping.embed, c, 1 / Math.sqrt(config.cDim), 1);
    x = graph.apply('Concat', [x, normalized(graph, embedded)], { axis: { integer: 1 } });
  }
  for (const layer of mapping.layers) {
    const gain = Math.SQRT2 * config.mappingLrMultiplier;
    const y = await connected(graph, layer, x, gain / Math.sqrt(layer.weight.shape[0]), gain);
    x = graph.apply('LeakyRelu', [y], { alpha: { float: 0.2 } });
  }
  // truncation and the copies for all layers are one: ws = w · psi + (1 − psi) · mean, psi by layer
  const layers = numWs(config);
  const cutoff = Math.min(truncationCutoff ?? layers, layers);
  const psi = Array.from({ length: layers }, (_, layer) => (layer < cutoff ? truncationPsi : 1));
  const mean = await buffers.wAvg.data<'float32'>();
  const w = graph.apply('Unsqueeze', [x, graph.integers([1])]); // [batch, 1, wDim]
  const scaled = graph.apply('Mul', [w, graph.constant([1, layers, 1], psi)]);
  if (psi.every((value) => value === 1)) return scaled;
  const shift = Float32Array.from({ length: layers * config.wDim }, (_, i) => {
    return (1 - psi[Math.floor(i / config.wDim)]!) * mean[i % config.wDim]!;
  });
  return graph.apply('Add', [scaled, graph.constant([1, layers, config.wDim], shift)]);
}

/** See `normalizeSecondMoment`. */
function normalized(graph: Graph, x: string): string {
  const mean = graph.apply('ReduceMean', [graph.apply('Mul', [x, x])], { axes: { integers: [1] } });
  return graph.apply('Div', [x, graph.apply('Sqrt', [graph.apply('Add', [mean, graph.constant([], [1e-8])])])]);
}

/** `x · (gain · weight) + biasGain · bias`, the gains in the stored numbers. */
export async function connected(
  graph: Graph,
  { weight, bias }: FullyConnectedParameters,
  x: string,
  gain: number,
  biasGain: number,
): Promise<string> {
  const stored = async (tensor: tf.Tensor, factor: number) =>
    graph.constant(tensor.shape, await scaledValues(tensor, factor));
  return graph.apply('Gemm', [x, await stored(weight, gain), await stored(bias, biasGain)]);
}
