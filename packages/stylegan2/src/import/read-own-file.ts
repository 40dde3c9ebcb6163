import { loadSafetensors, printable, quote, WeightFileError } from '@autodrag/nn';
import type { StyleGan2Config } from '../config.js';
import { ownFormat } from '../own-format.js';
import { styleGan2Config } from '../style-gan2-config.js';
import { CheckpointError } from './checkpoint-error.js';
import { tensorShapes } from './describe-generator.js';

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
  const wrongTensor = (rule: string, found: string) =>
    new CheckpointError('CHECKPOINT_TENSOR', rule, { found, where, wayOut: 'Give a file that saveStyleGan2 wrote.' });
  const malformed = (rule: string, cause: unknown) =>
    new CheckpointError('CHECKPOINT_MALFORMED', rule, {
      found: (cause as Error).message,
      cause,
      where,
      wayOut: 'The file is damaged: fetch it again.',
    });
  let loaded: Awaited<ReturnType<typeof loadSafetensors>>;
  try {
    loaded = await loadSafetensors(bytes, { signal });
  } catch (error) {
    if (!(error instanceof WeightFileError)) throw error; // the signal's reason
    throw malformed('the safetensors file is whole', error);
  }
  const { tensors, metadata } = loaded;
  if (metadata.config === undefined || (metadata.kind ?? ownFormat.kind) !== ownFormat.kind) {
    const keys = Object.keys(metadata)
      .slice(0, 5)
      .map((key) => quote(key))
      .join(', ');
    throw new CheckpointError('CHECKPOINT_UNRECOGNISED', 'the safetensors file has a StyleGAN2 configuration', {
      found: metadata.kind === undefined ? `the metadata ${keys || '(none)'}` : `a ${quote(metadata.kind)}`,
      where,
      wayOut: 'Give a file that saveStyleGan2 wrote.',
    });
  }
  // The first files had neither kind nor version.
  const { kind, version } = metadata;
  if ((kind !== undefined || version !== undefined) && version !== ownFormat.version) {
    throw new CheckpointError('CHECKPOINT_UNSUPPORTED', `the file is of version '${ownFormat.version}'`, {
      found: version === undefined ? 'no version' : `version ${quote(version)}`,
      where,
      wayOut: 'Use the release of this package that wrote the file.',
    });
  }
  let config: StyleGan2Config;
  try {
    const written = JSON.parse(metadata.config) as Partial<StyleGan2Config> | null;
    const layers = written?.mappingLayers ?? 0;
    if (layers > Object.keys(tensors).length) {
      throw wrongTensor(`the file has ${printable(layers)} mapping layers`, `${Object.keys(tensors).length} tensors`);
    }
    config = styleGan2Config(written ?? { resolution: 0 });
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    throw malformed('the configuration is one of StyleGAN2', error);
  }
  const shapes = tensorShapes(config);
  const extra = Object.keys(tensors).find((name) => !shapes.has(name));
  if (extra !== undefined) throw wrongTensor('every tensor belongs to the configuration', quote(extra));
  return {
    config,
    tensors: [...shapes].map(([name, shape]) => {
      const found = tensors[name];
      if (found === undefined) throw wrongTensor(`the file has the tensor ${name}`, 'none');
      if (!(found.data instanceof Float32Array)) throw wrongTensor(`${name} holds floats`, found.dtype);
      if (found.shape.length !== shape.length || !shape.every((size, i) => size === found.shape[i])) {
        throw wrongTensor(`${name} has the shape [${shape.join(', ')}]`, `[${found.shape.join(', ')}]`);
      }
      const odd = found.data.findIndex((value) => !Number.isFinite(value));
      if (odd >= 0) throw wrongTensor(`${name} holds finite numbers`, `${found.data[odd]} at ${odd}`);
      return { name, shape, data: found.data };
    }),
  };
}
