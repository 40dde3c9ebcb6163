import { flattenParameters, loadModelFile, saveSafetensors } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { checkedLatentRegularizerConfig, type LatentRegularizerConfig } from './config.js';
import { createLatentRegularizerParameters, type LatentRegularizerParameters } from './parameters.js';

const kind = 'latent-regularizer';
const version = '1';

export type SaveLatentRegularizerOptions = {
  /**
   * How weights are stored; the statistics are always float32.
   * @default 'float32', as everywhere: what is loaded is what was saved; what is published is float16, half the size
   */
  dtype?: 'float16' | 'float32';
};

/**
 * A safetensors file with the weights, the statistics and the configuration. The same weights give the same bytes.
 *
 * @returns the whole file
 */
export async function saveLatentRegularizer(
  config: LatentRegularizerConfig,
  parameters: LatentRegularizerParameters,
  { dtype = 'float32' }: SaveLatentRegularizerOptions = {},
): Promise<Uint8Array> {
  const checked = checkedLatentRegularizerConfig(config, 'saveLatentRegularizer');
  return saveSafetensors(flattenParameters(parameters), {
    finite: true,
    dtype: (name) => (name.startsWith('statistics.') ? 'float32' : dtype),
    metadata: { kind, version, config: JSON.stringify(checked) },
  });
}

export type LoadedLatentRegularizer = { config: LatentRegularizerConfig; parameters: LatentRegularizerParameters };

/**
 * Reads what `saveLatentRegularizer` wrote. Nothing in the bytes is trusted.
 *
 * @param bytes the whole file
 * @returns the configuration and new parameters, for `createLatentRegularizer`
 * @throws WeightFileError if the file is damaged, holds another model or another version, or does not fit its
 * configuration
 */
export async function loadLatentRegularizer(bytes: Uint8Array): Promise<LoadedLatentRegularizer> {
  return loadModelFile(bytes, {
    where: 'loadLatentRegularizer',
    writer: 'saveLatentRegularizer',
    kind,
    version,
    config: (value, where) => checkedLatentRegularizerConfig(value as LatentRegularizerConfig, where),
    positive: (name) => name.startsWith('statistics.') && name.endsWith('std'),
    fewestNumbers,
    template: (random, config) => createLatentRegularizerParameters(random, config, placeholders(config)),
  });
}

/** A lower bound of what a configuration asks for, so that a hostile one cannot make us allocate more than its file. */
function fewestNumbers(config: LatentRegularizerConfig): number {
  const { numWs, wDim, editedLayers, width, feedForward, encoderLayers, decoderLayers } = config;
  const blocks = (encoderLayers + decoderLayers) * (4 * width * width + 2 * width * feedForward);
  const mixer = numWs > editedLayers ? 4 * editedLayers * numWs : 0;
  return blocks + 2 * wDim * width + mixer + 2 * editedLayers * width;
}

function placeholders({ wDim }: LatentRegularizerConfig): LatentRegularizerParameters['statistics'] {
  return { average: tf.zeros([wDim]), std: tf.ones([wDim]) };
}
