import * as tf from '@tensorflow/tfjs-core';
import { blockResolutions } from '../block-resolutions.js';
import { blockSize } from '../block-size.js';
import type { StyleGan2Config } from '../config.js';
import { weightEnergy } from '../ops/weight-energy.js';
import type { StyleGan2Parameters, SynthesisLayerParameters, ToRgbParameters } from '../parameters.js';
import type { Graph } from './graph.js';
import { connected } from './mapping-graph.js';
import { scaledValues } from './scaled-values.js';

export type SynthesisGraphOptions = {
  readonly batch: number;
  readonly noise: 'const' | 'none';
  /** Names that the features of blocks get, by height */
  readonly features: ReadonlyMap<number, string>;
  /** Name that the image gets */
  readonly image: string;
};

/** Activations, `[batch, channels, height, width]`. */
type Activations = { readonly name: string; readonly channels: number; readonly size: readonly [number, number] };

type Context = { readonly graph: Graph; readonly config: StyleGan2Config; readonly batch: number };

const TAPS = [0.25, 0.75, 0.75, 0.25];
const SQUARE = TAPS.flatMap((a) => TAPS.map((b) => a * b));

/**
 * `synthesis` as a graph, channels first. The style scales the input of a convolution and the demodulation its output,
 * so that no weight depends on the picture and a runtime can arrange all of them when it loads the file.
 *
 * @param ws name of `[batch, numWs, wDim]`
 * @returns the channels of the blocks in `features`, by height
 */
export async function synthesisGraph(
  graph: Graph,
  { synthesis, buffers }: Pick<StyleGan2Parameters, 'synthesis' | 'buffers'>,
  config: StyleGan2Config,
  ws: string,
  { batch, noise, features, image }: SynthesisGraphOptions,
): Promise<Record<number, number>> {
  const context: Context = { graph, config, batch };
  const code = (index: number) => graph.apply('Gather', [ws, scalarIndex(graph, index)], { axis: { integer: 1 } });
  const [, height, width, channels] = synthesis.constant.shape;
  const constant = await permuted(synthesis.constant, [0, 3, 1, 2]);
  let x: Activations = {
    name: graph.constant([1, channels, height, width], constant),
    channels,
    size: [height, width],
  };
  let rgb: string | null = null;
  const widths: Record<number, number> = {};
  const resolutions = blockResolutions(config);
  for (const [i, resolution] of resolutions.entries()) {
    const block = synthesis.blocks[i]!;
    const size = blockSize(config, resolution);
    const residual = config.architecture === 'resnet' && i > 0;
    const shortcut: string | null = residual ? await shortcutGraph(context, block.skip!.weight, x) : null;
    const layer = async (name: 'conv0' | 'conv1', index: number, gain: number) => {
      const map = noise === 'const' ? buffers.noise[i]![name]! : null;
      x = await layerGraph(context, block[name]!, x, code(index), { up: name === 'conv0', size, map, gain });
    };
    if (i > 0) await layer('conv0', 2 * i - 1, 1);
    await layer('conv1', 2 * i, residual ? Math.SQRT1_2 : 1);
    if (shortcut !== null) x = { ...x, name: graph.apply('Add', [shortcut, x.name]) };
    const wanted = features.get(resolution);
    if (wanted !== undefined) {
      graph.apply('Identity', [x.name], {}, wanted);
      widths[resolution] = x.channels;
    }
    if (!block.toRgb) continue;
    const colours = await toRgbGraph(context, block.toRgb, x, code(2 * i + 1));
    rgb = rgb === null ? colours : graph.apply('Add', [raised(graph, rgb, config.imageChannels), colours]);
  }
  graph.apply('Identity', [rgb!], {}, image);
  return widths;
}

function scalarIndex(graph: Graph, index: number): string {
  return graph.apply('Squeeze', [graph.integers([index])]);
}

/** The numbers of a tensor with its axes in another order, times a factor. */
async function permuted(tensor: tf.Tensor, order: number[], factor = 1): Promise<Float32Array> {
  const moved = tf.transpose(tensor, order);
  try {
    return await scaledValues(moved, factor);
  } finally {
    moved.dispose();
  }
}

type LayerOptions = { up: boolean; size: readonly [number, number]; map: tf.Tensor2D | null; gain: number };

/** Modulated convolution, demodulation, noise, bias, leaky ReLU · √2 · gain, clamp. */
async function layerGraph(
  { graph, config, batch }: Context,
  parameters: SynthesisLayerParameters,
  x: Activations,
  w: string,
  { up, size, map, gain }: LayerOptions,
): Promise<Activations> {
  const [, , inputs, outputs] = parameters.weight.shape;
  const total = Math.SQRT2 * gain; // the activation is positively homogeneous: its gain goes into what it is applied to
  const style = await connected(graph, parameters.affine, w, 1 / Math.sqrt(config.wDim), 1);
  const energyTensor = weightEnergy(parameters.weight);
  const energy = graph.constant([inputs, outputs], await scaledValues(energyTensor));
  energyTensor.dispose();
  const sum = graph.apply('Gemm', [graph.apply('Mul', [style, style]), energy, graph.constant([1], [1e-8])]);
  const demodulation = graph.apply('Div', [graph.constant([], [total]), graph.apply('Sqrt', [sum])]);
  const perChannel = (name: string, channels: number) =>
    graph.apply('Reshape', [name, graph.integers([batch, channels, 1, 1])]);

  const modulated = graph.apply('Mul', [x.name, perChannel(style, inputs)]);
  const convolved = up
    ? await doublingGraph(graph, parameters.weight, modulated)
    : graph.apply(
        'Conv',
        [modulated, graph.constant([outputs, inputs, 3, 3], await permuted(parameters.weight, [3, 2, 0, 1]))],
        {
          pads: { integers: [1, 1, 1, 1] },
        },
      );
  const bias = graph.constant([1, outputs, 1, 1], await scaledValues(parameters.bias, total));
  let y = graph.apply('Add', [graph.apply('Mul', [convolved, perChannel(demodulation, outputs)]), bias]);
  const [strength] = await parameters.noiseStrength.data<'float32'>();
  if (map && strength !== 0) {
    y = graph.apply('Add', [y, graph.constant([1, 1, ...size], await scaledValues(map, strength! * total))]);
  }
  y = graph.apply('LeakyRelu', [y], { alpha: { float: 0.2 } });
  if (config.convClamp !== null) y = clamped(graph, y, config.convClamp * gain);
  return { name: y, channels: outputs, size };
}

/** A transposed convolution of stride 2, then the low-pass filter: see `filterUp`. */
async function doublingGraph(graph: Graph, weight: tf.Tensor4D, x: string): Promise<string> {
  const [, , inputs, outputs] = weight.shape;
  const kernel = graph.constant([inputs, outputs, 3, 3], await permuted(weight, [2, 3, 0, 1]));
  const spread = graph.apply('ConvTranspose', [x, kernel], { strides: { integers: [2, 2] } });
  const filter = Array.from({ length: outputs }, () => SQUARE).flat();
  return graph.apply('Conv', [spread, graph.constant([outputs, 1, 4, 4], filter)], {
    pads: { integers: [1, 1, 1, 1] },
    group: { integer: outputs },
  });
}

function clamped(graph: Graph, x: string, limit: number): string {
  return graph.apply('Clip', [x, graph.constant([], [-limit]), graph.constant([], [limit])]);
}

/** 1×1 modulated convolution without demodulation, as a product of matrices: the style scales the few weights. */
async function toRgbGraph(
  { graph, config, batch }: Context,
  { weight, bias, affine }: ToRgbParameters,
  { name, channels, size: [height, width] }: Activations,
  w: string,
): Promise<string> {
  const outputs = config.imageChannels;
  const style = await connected(graph, affine, w, 1 / Math.sqrt(config.wDim), 1);
  const row = graph.apply('Reshape', [style, graph.integers([batch, 1, channels])]);
  const values = await permuted(weight, [0, 1, 3, 2], 1 / Math.sqrt(channels));
  const matrix = graph.apply('Mul', [row, graph.constant([1, outputs, channels], values)]);
  const pixels = graph.apply('Reshape', [name, graph.integers([batch, channels, height * width])]);
  const colours = graph.apply('Add', [
    graph.apply('MatMul', [matrix, pixels]),
    graph.constant([1, outputs, 1], await scaledValues(bias)),
  ]);
  const image = graph.apply('Reshape', [colours, graph.integers([batch, outputs, height, width])]);
  return config.convClamp === null ? image : clamped(graph, image, config.convClamp);
}

/** Shortcut of a residual block: 1×1 convolution of gain 1 / sqrt(I), doubled, times sqrt(1/2). */
async function shortcutGraph({ graph }: Context, weight: tf.Tensor4D, x: Activations): Promise<string> {
  const [, , inputs, outputs] = weight.shape;
  const values = await permuted(weight, [3, 2, 0, 1], Math.SQRT1_2 / Math.sqrt(inputs));
  const kernel = graph.constant([outputs, inputs, 1, 1], values);
  return raised(graph, graph.apply('Conv', [x.name, kernel]), outputs);
}

/** Doubled with the low-pass filter, channel by channel: see `upsampleImage`. */
function raised(graph: Graph, x: string, channels: number): string {
  const filter = Array.from({ length: channels }, () => SQUARE).flat();
  return graph.apply('ConvTranspose', [x, graph.constant([channels, 1, 4, 4], filter)], {
    strides: { integers: [2, 2] },
    pads: { integers: [1, 1, 1, 1] },
    group: { integer: channels },
  });
}
