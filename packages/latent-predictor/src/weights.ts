import {
  AutodragError,
  createRandom,
  flattenParameters,
  loadSafetensors,
  mapParameters,
  type Random,
  saveSafetensors,
  toTensors,
  unflattenParameters,
  WeightFileError,
} from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { checkedLatentPredictorConfig, type LatentPredictorConfig, stemGrid } from './config.js';
import { createLatentPredictorParameters, type LatentPredictorParameters } from './parameters.js';

const kind = 'latent-predictor';
const version = '1';

export type SaveLatentPredictorOptions = {
  /**
   * How weights are stored; the statistics and the gate are always float32.
   * @default 'float16'
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
  params: LatentPredictorParameters,
  { dtype = 'float16' }: SaveLatentPredictorOptions = {},
): Promise<Uint8Array> {
  const checked = checkedLatentPredictorConfig(config, 'saveLatentPredictor');
  return saveSafetensors(flattenParameters(params), {
    dtype: (name) => (name.startsWith('statistics.') || name === 'gate' ? 'float32' : dtype),
    metadata: { kind, version, config: JSON.stringify(checked) },
  });
}

export type LoadedLatentPredictor = { config: LatentPredictorConfig; parameters: LatentPredictorParameters };

/**
 * Reads what `saveLatentPredictor` wrote. Nothing in the bytes is trusted.
 *
 * @param bytes the whole file
 * @returns the configuration and new parameters, for `createLatentPredictor`
 * @throws WeightFileError if the file is damaged, holds another model or another version, or does not fit its configuration
 */
export async function loadLatentPredictor(bytes: Uint8Array): Promise<LoadedLatentPredictor> {
  const { tensors, metadata } = loadSafetensors(bytes);
  if (metadata.kind !== kind) {
    const got = metadata.kind === undefined ? 'no kind' : `'${metadata.kind.slice(0, 100)}'`;
    throw new WeightFileError(
      `loadLatentPredictor: kind: expected '${kind}', got ${got}. Load a file that saveLatentPredictor wrote.`,
    );
  }
  if (metadata.version !== version) {
    throw new WeightFileError(
      `loadLatentPredictor: version: expected '${version}', got ${JSON.stringify(metadata.version?.slice(0, 100))}. Use the release of this package that wrote the file.`,
    );
  }
  const config = readConfig(metadata.config);
  let numbers = 0;
  for (const [name, { data }] of Object.entries(tensors)) {
    numbers += data.length;
    if (!(data instanceof Float32Array)) {
      throw new WeightFileError(`loadLatentPredictor: ${name.slice(0, 100)}: expected floats. Export the file again.`);
    }
    if (!data.every(Number.isFinite)) {
      throw new WeightFileError(
        `loadLatentPredictor: ${name.slice(0, 100)}: holds a number that is not finite. Export the file again.`,
      );
    }
    if (name.startsWith('statistics.') && name.endsWith('std') && !data.every((value) => value > 0)) {
      throw new WeightFileError(`loadLatentPredictor: ${name}: expected positive numbers. Export the file again.`);
    }
  }
  if (!(numbers >= fewestNumbers(config))) {
    throw new WeightFileError(
      `loadLatentPredictor: the file holds ${numbers} numbers, too few for its configuration. Export the file again.`,
    );
  }
  try {
    let parameters: LatentPredictorParameters;
    tf.tidy(() => {
      const template = createLatentPredictorParameters(zeros(), config, placeholders(config));
      parameters = mapParameters(unflattenParameters(template, toTensors(tensors)), (tensor) => tf.keep(tensor));
    });
    return { config, parameters: parameters! };
  } catch (error) {
    if (!(error instanceof AutodragError)) throw error;
    throw new WeightFileError(`loadLatentPredictor: the weights do not fit the configuration: ${error.message}`, {
      cause: error,
    });
  }
}

/** For a template, of which only names and shapes count. */
function zeros(): Random {
  return { ...createRandom(0), normalTensor: (shape) => tf.zeros([...shape]) };
}

function readConfig(text: string | undefined): LatentPredictorConfig {
  try {
    const value: unknown = JSON.parse(text ?? '');
    if (typeof value !== 'object' || value === null) {
      throw new WeightFileError('loadLatentPredictor: config: expected an object');
    }
    return checkedLatentPredictorConfig(value as LatentPredictorConfig, 'loadLatentPredictor: config');
  } catch (error) {
    const reason = error instanceof AutodragError ? error.message : 'loadLatentPredictor: config: expected JSON';
    throw new WeightFileError(`${reason}. Export the file again.`, { cause: error });
  }
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
    embeddings
  );
}

function placeholders({ wDim, featureChannels }: LatentPredictorConfig): LatentPredictorParameters['statistics'] {
  const each = (channels: number) => ({
    average: tf.zeros([channels]) as tf.Tensor1D,
    std: tf.ones([channels]) as tf.Tensor1D,
  });
  return { codes: each(wDim), features: each(featureChannels) };
}
