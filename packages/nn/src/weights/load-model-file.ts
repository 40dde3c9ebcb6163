import * as tf from '@tensorflow/tfjs-core';
import { firstNotFinite } from '../arrays/first-not-finite.js';
import { isAutodragError, WeightFileError } from '../errors/errors.js';
import { printable, quote } from '../errors/printable.js';
import { createRandom, type Random } from '../random/random.js';
import { countParameters } from '../tree/count-parameters.js';
import { mapParameters } from '../tree/map-parameters.js';
import type { ParameterTree } from '../tree/parameter-tree.js';
import { unflattenParameters } from '../tree/unflatten-parameters.js';
import { type LoadedTensor, loadSafetensors } from './load-safetensors.js';
import { toTensors } from './to-tensors.js';

/** What a weight file has to say about itself, and what its numbers have to be. */
export type ModelFileFormat = {
  /** The function that was called: every message begins with it. */
  readonly where: string;
  /** The function that writes such files, for the way out. */
  readonly writer: string;
  /** Metadata that says which model it is … */
  readonly kind: string;
  /** … and in which form it is written. */
  readonly version: string;
  /** Further metadata that must be just so, such as what a model was trained for. @default none */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Tensors that divide: all their numbers must be above zero. @default none */
  readonly positive?: (name: string) => boolean;
};

/** What a weight file of one model has to be. */
export type ModelFileRules<Config, Parameters extends ParameterTree> = ModelFileFormat & {
  /**
   * Checks the configuration in the metadata, of which no more is known than that it is an object. What it throws
   * should begin with `where`.
   *
   * @default it has none
   */
  readonly config?: (value: object, where: string) => Config;
  /**
   * A lower bound of what a configuration asks for, so that a hostile one cannot make us allocate more than its file.
   * @default 0
   */
  readonly fewestNumbers?: (config: Config) => number;
  /** A tree of which names and shapes count; its tensors are disposed. `random` gives zeros. */
  readonly template: (random: Random, config: Config) => Parameters;
};

export type LoadModelFileOptions = {
  /** Stops the reading; what is thrown then is the signal's reason. */
  signal?: AbortSignal;
};

export type LoadedModelFile<Config, Parameters extends ParameterTree> = {
  readonly config: Config;
  readonly parameters: Parameters;
};

/**
 * Reads the weight file of a model: safetensors whose metadata has a kind, a version and, as JSON, a configuration.
 * Nothing in the bytes is trusted.
 *
 * @param bytes the whole file
 * @returns the configuration and new parameters, the caller's
 * @throws WeightFileError if the file is damaged, is of another model or version, holds numbers that are none, or
 * tensors
 *   that do not fit its configuration
 */
export async function loadModelFile<Config, Parameters extends ParameterTree>(
  bytes: Uint8Array,
  { config: checkConfig, fewestNumbers, template, ...format }: ModelFileRules<Config, Parameters>,
  { signal }: LoadModelFileOptions = {},
): Promise<LoadedModelFile<Config, Parameters>> {
  const { where } = format;
  const { tensors, metadata } = await loadSafetensors(bytes, { signal }).catch((error) => {
    throw refused(where, error);
  });
  checkMetadata(metadata, format);
  const config = checkConfig ? readConfig(metadata.config, where, checkConfig) : (undefined as Config);
  for (const [name, tensor] of Object.entries(tensors)) checkNumbers(name, tensor, format);
  const numbers = countParameters(tensors);
  if (!(numbers >= (fewestNumbers?.(config) ?? 0))) {
    throw new WeightFileError(
      `${where}: the file holds ${numbers} numbers, too few for its configuration. Export the file again.`,
    );
  }
  const parameters = refuse(`${where}: the weights do not fit`, () => {
    let kept: Parameters;
    tf.tidy(() => {
      const expected = template(zeros(), config);
      kept = mapParameters(unflattenParameters(expected, toTensors(tensors)), (tensor) => tf.keep(tensor));
    });
    return kept!;
  });
  return { config, parameters };
}

function checkMetadata(
  metadata: Readonly<Record<string, string>>,
  { where, writer, kind, version, metadata: further = {} }: ModelFileFormat,
): void {
  for (const [name, expected] of Object.entries({ kind, version, ...further })) {
    const found = Object.hasOwn(metadata, name) ? metadata[name] : undefined;
    if (found === expected) continue;
    const got = found === undefined ? `no ${name}` : `${quote(found)}`;
    const wayOut =
      name === 'version'
        ? 'Use the release of this package that wrote the file.'
        : `Load a file that ${writer} of this release wrote.`;
    throw new WeightFileError(`${where}: ${name}: expected ${quote(expected)}, got ${got}. ${wayOut}`);
  }
}

function readConfig<Config>(
  text: string | undefined,
  where: string,
  check: (value: object, where: string) => Config,
): Config {
  const fail = (rule: string, cause?: unknown): never => {
    const got = text === undefined ? 'nothing' : `${quote(text)}`;
    throw new WeightFileError(`${where}: config: expected ${rule}, got ${got}. Export the file again.`, { cause });
  };
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch (error) {
    return fail('JSON', error);
  }
  if (typeof value !== 'object' || value === null) return fail('an object');
  return refuse('', () => check(value, `${where}: config`));
}

function checkNumbers(name: string, { dtype, data }: LoadedTensor, { where, positive }: ModelFileFormat): void {
  const error = (what: string) => new WeightFileError(`${where}: ${printable(name)}: ${what}. Export the file again.`);
  if (!(data instanceof Float32Array)) throw error(`expected floats, got ${dtype}`);
  const odd = firstNotFinite(data);
  if (odd >= 0) throw error(`holds a number that is not finite: ${data[odd]} at ${odd}`);
  if (!positive?.(name)) return;
  const low = data.findIndex((value) => !(value > 0));
  if (low >= 0) throw error(`expected positive numbers, got ${data[low]} at ${low}`);
}

/**
 * Runs `work`; what it throws on purpose becomes a WeightFileError that begins with `where` and ends with a way out.
 */
function refuse<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw refused(where, error);
  }
}

function refused(where: string, error: unknown): unknown {
  if (!isAutodragError(error)) return error;
  const message = where === '' ? error.message : `${where}: ${error.message}`;
  const wayOut = message.endsWith('.') ? '' : '. Export the file again.';
  return new WeightFileError(`${message}${wayOut}`, { cause: error });
}

/** For a template, of which only names and shapes count. */
function zeros(): Random {
  return { ...createRandom(0), normalTensor: (shape) => tf.zeros([...shape]) };
}
