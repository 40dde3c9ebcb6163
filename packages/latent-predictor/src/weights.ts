import { flattenParameters, loadModelFile, saveSafetensors } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { checkedLatentPredictorConfig, type LatentPredictorConfig, stemGrid } from './config.js';
import { createLatentPredictorParameters, type LatentPredictorParameters } from './parameters.js';

const kind = 'latent-predictor';
const version = '1';

export type SaveLatentPredictorOptions = {
  /**
   * How weights are stored; the statistics and the gate are always float32.
   * @default 'float32', as everywhere: what is loaded is what was saved; what is published is float16, half the size
   */
  dtype?: 'float16' | 'float32';
};

/**
 * A safetensors file with the weights, the statistics and the configuration. The same weights give the same bytes.
 *
 * @returns the whole file
 */
export async function saveLatentPredictor(
  config: LatentPredictorConfig,
  parameters: LatentPredictorParameters,
  { dtype = 'float32' }: SaveLatentPredictorOptions = {},
): Promise<Uint8Array> {
  const checked = checkedLatentPredictorConfig(config, 'saveLatentPredictor');
  return saveSafetensors(flattenParameters(parameters), {
    finite: true,
    dtype: (name) => (isStatistic(name) || name === 'gate' ? 'float32' : dtype),
    metadata: { kind, version, config: JSON.stringify(checked) },
  });
}

const isStatistic = (name: string) => /(^|\.)statistics\./.test(name);

export type LoadedLatentPredictor = { config: LatentPredictorConfig; parameters: LatentPredictorParameters };

/**
 * Reads what `saveLatentPredictor` wrote. Nothing in the bytes is trusted.
 *
 * @param bytes the whole file
 * @returns the configuration and new parameters, for `createLatentPredictor`
 * @throws WeightFileError if the file is damaged, holds another model or another version, or does not fit its
 * configuration
 */
export async function loadLatentPredictor(bytes: Uint8Array): Promise<LoadedLatentPredictor> {
  return loadModelFile(bytes, {
    where: 'loadLatentPredictor',
    writer: 'saveLatentPredictor',
    kind,
    version,
    config: (value, where) => checkedLatentPredictorConfig(value as LatentPredictorConfig, where),
    positive: (name) => isStatistic(name) && name.endsWith('std'),
    fewestNumbers,
    template: (random, config) => createLatentPredictorParameters(random, config, placeholders(config)),
  });
}

/** A lower bound of what a configuration asks for, so that a hostile one cannot make us allocate more than its file. */
function fewestNumbers(config: LatentPredictorConfig): number {
  const { wDim, width, feedForward, encoderLayers, decoderLayers, patchSize, featureChannels, stemChannels } = config;
  const blocks = (encoderLayers + decoderLayers) * (4 * width * width + 2 * width * feedForward);
  const convolutions = Math.max(1, stemGrid(config).halvings);
  const stem = convolutions === 1 ? featureChannels * width : stemChannels * (featureChannels + width);
  const deep = Math.max(0, convolutions - 2) * stemChannels * stemChannels;
  const position = 2 * config.fourierFrequencies * width;
  const embeddings = (config.steps + (config.tokens === 'flat' ? 1 : config.editedLayers)) * width;
  return (
    blocks +
    9 * (stem + deep) +
    patchSize * patchSize * featureChannels * width +
    2 * wDim * width +
    position +
    embeddings +
    settlingNumbers(config)
  );
}

function settlingNumbers({ motionField, editedLayers, wDim }: LatentPredictorConfig): number {
  if (!motionField) return 0;
  const { width, blocks } = motionField;
  const code = editedLayers * wDim * width;
  return 2 * code + blocks * (code + 2 * width * width) + wDim * wDim;
}

function placeholders({ wDim, featureChannels }: LatentPredictorConfig): LatentPredictorParameters['statistics'] {
  const each = (channels: number) => ({
    average: tf.zeros([channels]) as tf.Tensor1D,
    std: tf.ones([channels]) as tf.Tensor1D,
  });
  return { codes: each(wDim), features: each(featureChannels) };
}
