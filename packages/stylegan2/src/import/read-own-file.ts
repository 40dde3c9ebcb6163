import { loadSafetensors } from '@autodrag/nn';
import type { StyleGan2Config } from '../config.js';
import { styleGan2Config } from '../style-gan2-config.js';
import { CheckpointError, quote } from './checkpoint-error.js';
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
export function readOwnFile(bytes: Uint8Array): OwnFile {
  let loaded: ReturnType<typeof loadSafetensors>;
  try {
    loaded = loadSafetensors(bytes);
  } catch (error) {
    throw malformed('the safetensors file is whole', (error as Error).message, error);
  }
  const { tensors, metadata } = loaded;
  if (metadata.config === undefined) {
    throw new CheckpointError('CHECKPOINT_UNRECOGNISED', 'the safetensors file has a StyleGAN2 configuration', {
      found: `the metadata ${Object.keys(metadata).slice(0, 5).map(quote).join(', ') || '(none)'}`,
      wayOut: 'Give a file that saveStyleGan2 wrote.',
    });
  }
  let config: StyleGan2Config;
  try {
    config = styleGan2Config(JSON.parse(metadata.config));
  } catch (error) {
    throw malformed('the configuration is one of StyleGAN2', (error as Error).message, error);
  }
  if (config.mappingLayers > Object.keys(tensors).length) {
    throw wrongTensor(`the file has ${config.mappingLayers} mapping layers`, `${Object.keys(tensors).length} tensors`);
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
      return { name, shape, data: found.data };
    }),
  };
}

function wrongTensor(rule: string, found: string): CheckpointError {
  return new CheckpointError('CHECKPOINT_TENSOR', rule, { found, wayOut: 'Give a file that saveStyleGan2 wrote.' });
}

function malformed(rule: string, found: string, cause: unknown): CheckpointError {
  return new CheckpointError('CHECKPOINT_MALFORMED', rule, {
    found,
    cause,
    wayOut: 'The file is damaged: fetch it again.',
  });
}
