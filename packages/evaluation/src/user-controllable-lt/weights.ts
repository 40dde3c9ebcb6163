import { type ChannelStatistics, flattenParameters, loadModelFile, saveSafetensors } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { checkedUserControllableLtConfig, type UserControllableLtConfig } from './config.js';
import { createUserControllableLtParameters, type UserControllableLtParameters } from './parameters.js';

const kind = 'user-controllable-lt';
const version = '1';

export type LoadedUserControllableLt = { config: UserControllableLtConfig; parameters: UserControllableLtParameters };

/**
 * A safetensors file with the weights, the statistics and the configuration. The same weights give the same bytes.
 *
 * @returns the whole file
 */
export async function saveUserControllableLt(
  config: UserControllableLtConfig,
  parameters: UserControllableLtParameters,
  {
    dtype = 'float32',
  }: {
    /** How weights are stored; the statistics are always float32. @default 'float32' */
    dtype?: 'float16' | 'float32';
  } = {},
): Promise<Uint8Array> {
  const checked = checkedUserControllableLtConfig(config, 'saveUserControllableLt');
  return saveSafetensors(flattenParameters(parameters), {
    finite: true,
    dtype: (name) => (name.startsWith('statistics.') ? 'float32' : dtype),
    metadata: { kind, version, config: JSON.stringify(checked) },
  });
}

/**
 * Reads what `saveUserControllableLt` wrote. Nothing in the bytes is trusted.
 *
 * @param bytes the whole file
 * @returns the configuration and new parameters, the caller's
 * @throws WeightFileError if the file is damaged, holds another model or version, or does not fit its configuration
 */
export async function loadUserControllableLt(bytes: Uint8Array): Promise<LoadedUserControllableLt> {
  return loadModelFile(bytes, {
    where: 'loadUserControllableLt',
    writer: 'saveUserControllableLt',
    kind,
    version,
    config: (value, where) => checkedUserControllableLtConfig(value as UserControllableLtConfig, where),
    positive: (name) => name.startsWith('statistics.') && name.endsWith('std'),
    fewestNumbers: ({ wDim, width, feedForward, encoderLayers, decoderLayers, featureChannels }) =>
      (encoderLayers + decoderLayers) * (4 * width * width + 2 * width * feedForward) +
      width * width +
      2 * wDim * width +
      (width / 2) * featureChannels,
    template: (random, config) =>
      createUserControllableLtParameters(random, config, {
        codes: placeholders(config.wDim),
        features: placeholders(config.featureChannels),
      }),
  });
}

function placeholders(channels: number): ChannelStatistics {
  return { average: tf.zeros([channels]), std: tf.ones([channels]) };
}
