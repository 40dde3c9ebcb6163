import {
  firstNotFinite,
  type LoadedSafetensors,
  type LoadedTensor,
  loadSafetensors,
  printable,
  quote,
  WeightFileError,
} from '@autodrag/nn';
import type { StyleGan2Config } from '../config.js';
import { ownFormat } from '../own-format.js';
import { styleGan2Config } from '../style-gan2-config.js';
import { CheckpointError } from './checkpoint-error.js';
import { tensorShapes } from './describe-generator.js';
import { whatIsWrong } from './what-is-wrong.js';

export type OwnFile = {
  config: StyleGan2Config;
  tensors: { name: string; shape: readonly number[]; data: Float32Array }[];
};

/**
 * The project's own file: safetensors with the configuration in its metadata. Every tensor is checked against the
 * configuration before it is given on.
 *
 * @throws CheckpointError
 */
export async function readOwnFile(bytes: Uint8Array, where = 'loadStyleGan2', signal?: AbortSignal): Promise<OwnFile> {
  const errors = createErrors(where);
  let loaded: LoadedSafetensors;
  try {
    loaded = await loadSafetensors(bytes, { signal });
  } catch (error) {
    if (!(error instanceof WeightFileError)) throw error; // the signal's reason
    throw errors.malformed('expected a whole safetensors file', error);
  }
  const { tensors, metadata } = loaded;
  checkKind(metadata, where);
  const config = readConfig(metadata.config ?? '', Object.keys(tensors).length, errors);
  const shapes = tensorShapes(config);
  const extra = Object.keys(tensors).find((name) => !shapes.has(name));
  if (extra !== undefined) throw errors.tensor('every tensor belongs to the configuration', quote(extra));
  return {
    config,
    tensors: [...shapes].map(([name, shape]) => ({
      name,
      shape,
      data: checkTensor(name, shape, tensors[name], errors),
    })),
  };
}

type Errors = ReturnType<typeof createErrors>;

function createErrors(where: string) {
  return {
    tensor: (rule: string, found: string) =>
      new CheckpointError('CHECKPOINT_TENSOR', rule, { found, where, wayOut: 'Give a file that saveStyleGan2 wrote.' }),
    malformed: (rule: string, cause: unknown) =>
      new CheckpointError('CHECKPOINT_MALFORMED', rule, {
        found: whatIsWrong(cause),
        cause,
        where,
        wayOut: 'The file is damaged or cut off: fetch it again.',
      }),
  };
}

/** A file of this kind, and of the version that is read. The first files had neither kind nor version. */
function checkKind(metadata: Readonly<Record<string, string>>, where: string): void {
  const { kind, version, config } = metadata;
  if (config === undefined || (kind ?? ownFormat.kind) !== ownFormat.kind) {
    const keys = Object.keys(metadata).slice(0, 5);
    throw new CheckpointError('CHECKPOINT_UNRECOGNISED', 'expected a safetensors file with a StyleGAN2 configuration', {
      found:
        kind === undefined
          ? `the metadata ${keys.map((key) => quote(key)).join(', ') || '(none)'}`
          : `a ${quote(kind)}`,
      where,
      wayOut: 'Give a file that saveStyleGan2 wrote.',
    });
  }
  if ((kind !== undefined || version !== undefined) && version !== ownFormat.version) {
    throw new CheckpointError('CHECKPOINT_UNSUPPORTED', `the file is of version '${ownFormat.version}'`, {
      found: version === undefined ? 'no version' : `version ${quote(version)}`,
      where,
      wayOut: 'Use the release of this package that wrote the file.',
    });
  }
}

function readConfig(text: string, tensors: number, errors: Errors): StyleGan2Config {
  let written: Partial<StyleGan2Config> | null;
  try {
    written = JSON.parse(text) as Partial<StyleGan2Config> | null;
  } catch (error) {
    throw errors.malformed('the configuration is one of StyleGAN2', error);
  }
  const layers = written?.mappingLayers ?? 0;
  if (layers > tensors) throw errors.tensor(`the file has ${printable(layers)} mapping layers`, `${tensors} tensors`);
  try {
    return styleGan2Config(written as Partial<StyleGan2Config>);
  } catch (error) {
    throw errors.malformed('the configuration is one of StyleGAN2', error);
  }
}

function checkTensor(
  name: string,
  shape: readonly number[],
  tensor: LoadedTensor | undefined,
  errors: Errors,
): Float32Array {
  if (tensor === undefined) throw errors.tensor(`the file has the tensor ${name}`, 'none');
  const { data, dtype, shape: found } = tensor;
  if (!(data instanceof Float32Array)) throw errors.tensor(`${name} holds floats`, dtype);
  if (found.length !== shape.length || !shape.every((size, i) => size === found[i])) {
    throw errors.tensor(`${name} has the shape [${shape.join(', ')}]`, `[${found.join(', ')}]`);
  }
  const odd = firstNotFinite(data);
  if (odd >= 0) throw errors.tensor(`${name} holds finite numbers`, `${data[odd]} at ${odd}`);
  return data;
}
