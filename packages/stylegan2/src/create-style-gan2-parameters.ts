import type { Random } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { blockResolutions } from './block-resolutions.js';
import { blockSize } from './block-size.js';
import { channelsAt } from './channels-at.js';
import type { StyleGan2Config } from './config.js';
import { mappingWidths } from './mapping-widths.js';
import type {
  FullyConnectedParameters,
  StyleGan2Parameters,
  SynthesisBlockParameters,
  SynthesisLayerParameters,
  ToRgbParameters,
} from './parameters.js';

/**
 * Fresh parameters of a generator, drawn as StyleGAN2 does: standard normal weights (mapping weights divided
 * by their learning rate multiplier), zero biases and noise strengths, style biases of 1, normal constant and noise
 * maps. The same seed gives the same parameters on every backend.
 */
export function createStyleGan2Parameters(random: Random, config: StyleGan2Config): StyleGan2Parameters {
  const { wDim, imageChannels, constSize, architecture } = config;
  const normal = <T extends tf.Tensor>(shape: number[], std = 1) => random.normalTensor(shape, std) as T;

  const fullyConnected = (inputs: number, outputs: number, { std = 1, bias = 0 } = {}): FullyConnectedParameters => ({
    weight: normal<tf.Tensor2D>([inputs, outputs], std),
    bias: tf.fill([outputs], bias),
  });
  const layer = (inputs: number, outputs: number): SynthesisLayerParameters => ({
    weight: normal<tf.Tensor4D>([3, 3, inputs, outputs]),
    bias: tf.zeros([outputs]),
    noiseStrength: tf.scalar(0),
    affine: fullyConnected(wDim, inputs, { bias: 1 }),
  });
  const toRgb = (inputs: number): ToRgbParameters => ({
    weight: normal<tf.Tensor4D>([1, 1, inputs, imageChannels]),
    bias: tf.zeros([imageChannels]),
    affine: fullyConnected(wDim, inputs, { bias: 1 }),
  });

  const resolutions = blockResolutions(config);
  const mappingStd = 1 / config.mappingLrMultiplier;
  const conditional = config.cDim > 0;
  const { embed, widths } = mappingWidths(config);
  const layers = Array.from({ length: config.mappingLayers }, (_, i) =>
    fullyConnected(widths[i]!, widths[i + 1]!, { std: mappingStd }),
  );
  const blocks = resolutions.map((resolution, i): SynthesisBlockParameters => {
    const outputs = channelsAt(config, resolution);
    const inputs = i === 0 ? outputs : channelsAt(config, resolution / 2);
    const last = i === resolutions.length - 1;
    return {
      ...(i > 0 ? { conv0: layer(inputs, outputs) } : {}),
      conv1: layer(outputs, outputs),
      ...(last || architecture === 'skip' ? { toRgb: toRgb(outputs) } : {}),
      ...(i > 0 && architecture === 'resnet' ? { skip: { weight: normal<tf.Tensor4D>([1, 1, inputs, outputs]) } } : {}),
    };
  });
  const noise = resolutions.map((resolution, i) => {
    const shape = blockSize(config, resolution);
    return { ...(i > 0 ? { conv0: normal<tf.Tensor2D>(shape) } : {}), conv1: normal<tf.Tensor2D>(shape) };
  });
  return {
    mapping: { ...(conditional ? { embed: fullyConnected(config.cDim, embed) } : {}), layers },
    synthesis: {
      constant: normal<tf.Tensor4D>([1, constSize[0], constSize[1], channelsAt(config, resolutions[0]!)]),
      blocks,
    },
    buffers: { wAvg: tf.zeros([wDim]), noise },
  };
}
