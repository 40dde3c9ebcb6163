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
import { checkedLatentRegularizerConfig, type LatentRegularizerConfig } from './config.js';
import { createLatentRegularizerParameters, type LatentRegularizerParameters } from './parameters.js';

const kind = 'latent-regularizer';
const version = '1';

export type SaveLatentRegularizerOptions = {
  /**
   * How weights are stored; the statistics are always float32.
   * @default 'float16'
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
  params: LatentRegularizerParameters,
  { dtype = 'float16' }: SaveLatentRegularizerOptions = {},
): Promise<Uint8Array> {
  const checked = checkedLatentRegularizerConfig(config, 'saveLatentRegularizer');
  return saveSafetensors(flattenParameters(params), {
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
 * @throws WeightFileError if the file is damaged, holds another model or another version, or does not fit its configuration
 */
export async function loadLatentRegularizer(bytes: Uint8Array): Promise<LoadedLatentRegularizer> {
  const { tensors, metadata } = loadSafetensors(bytes);
  if (metadata.kind !== kind) {
    const got = metadata.kind === undefined ? 'no kind' : `'${metadata.kind.slice(0, 100)}'`;
    throw new WeightFileError(
      `loadLatentRegularizer: kind: expected '${kind}', got ${got}. Load a file that saveLatentRegularizer wrote.`,
    );
  }
  if (metadata.version !== version) {
    throw new WeightFileError(
      `loadLatentRegularizer: version: expected '${version}', got ${JSON.stringify(metadata.version?.slice(0, 100))}. Use the release of this package that wrote the file.`,
    );
  }
  const config = readConfig(metadata.config);
  let numbers = 0;
  for (const [name, { data }] of Object.entries(tensors)) {
    numbers += data.length;
    if (!(data instanceof Float32Array)) {
      throw new WeightFileError(
        `loadLatentRegularizer: ${name.slice(0, 100)}: expected floats. Export the file again.`,
      );
    }
    if (!data.every(Number.isFinite)) {
      throw new WeightFileError(
        `loadLatentRegularizer: ${name.slice(0, 100)}: holds a number that is not finite. Export the file again.`,
      );
    }
    if (name.startsWith('statistics.') && name.endsWith('std') && !data.every((value) => value > 0)) {
      throw new WeightFileError(`loadLatentRegularizer: ${name}: expected positive numbers. Export the file again.`);
    }
  }
  if (!(numbers >= fewestNumbers(config))) {
    throw new WeightFileError(
      `loadLatentRegularizer: the file holds ${numbers} numbers, too few for its configuration. Export the file again.`,
    );
  }
  try {
    let parameters: LatentRegularizerParameters;
    tf.tidy(() => {
      const template = createLatentRegularizerParameters(zeros(), config, placeholders(config));
      parameters = mapParameters(unflattenParameters(template, toTensors(tensors)), (tensor) => tf.keep(tensor));
    });
    return { config, parameters: parameters! };
  } catch (error) {
    if (!(error instanceof AutodragError)) throw error;
    throw new WeightFileError(`loadLatentRegularizer: the weights do not fit the configuration: ${error.message}`, {
      cause: error,
    });
  }
}

/** For a template, of which only names and shapes count. */
function zeros(): Random {
  return { ...createRandom(0), normalTensor: (shape) => tf.zeros([...shape]) };
}

function readConfig(text: string | undefined): LatentRegularizerConfig {
  try {
    const value: unknown = JSON.parse(text ?? '');
    if (typeof value !== 'object' || value === null) {
      throw new WeightFileError('loadLatentRegularizer: config: expected an object');
    }
    return checkedLatentRegularizerConfig(value as LatentRegularizerConfig, 'loadLatentRegularizer: config');
  } catch (error) {
    const reason = error instanceof AutodragError ? error.message : 'loadLatentRegularizer: config: expected JSON';
    throw new WeightFileError(`${reason}. Export the file again.`, { cause: error });
  }
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
