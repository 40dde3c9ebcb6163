import { createTurns, printable } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { averageCode } from '../average-code.js';
import type { StyleGan2Config } from '../config.js';
import { loadStyleGan2 } from '../load-style-gan2.js';
import type { StyleGan2Parameters } from '../parameters.js';
import { saveStyleGan2 } from '../save-style-gan2.js';
import { type ByteSource, type CheckpointInput, toByteSource } from './byte-source.js';
import type { CheckpointCache } from './checkpoint-cache.js';
import { CheckpointError } from './checkpoint-error.js';
import { guard, type OpenCheckpointOptions, openCheckpoint } from './open-checkpoint.js';
import { isOwn, readSafetensors } from './open-safetensors.js';
import { placeTensor, type TensorTree } from './place-tensor.js';
import type { CheckpointKind } from './raw-generator.js';
import { recognise } from './recognise.js';

export type ImportStyleGan2Options = OpenCheckpointOptions & {
  /** Keeps what was converted, by URL or by a File's name, size and date; other inputs are not kept. */
  cache?: CheckpointCache;
  /**
   * Codes to average where the file has no mean w.
   * @default 1024
   */
  averageSamples?: number;
};

export type ImportedStyleGan2 = {
  /** Where the network comes from; `autodrag` for this project's own files and for what came from the cache. */
  kind: CheckpointKind;
  config: StyleGan2Config;
  /** The caller's; dispose with `disposeParameters`, or give them to `createGenerator`. */
  parameters: StyleGan2Parameters;
  /** What was filled in, left out or computed, in sentences. */
  warnings: readonly string[];
};

const MOST_SAMPLES = 1_000_000;

/**
 * Reads the generator of a StyleGAN2 checkpoint: NVIDIA's `.pkl` (stylegan2-ada-pytorch, the stylegan3 repository's
 * StyleGAN2, TensorFlow's StyleGAN2), rosinality's `.pt`, or this project's own safetensors. The kind is told from the
 * content. Nothing in the file is executed, and only the generator (`G_ema`, `Gs`, `g_ema`) is read.
 *
 * Memory: Blobs, Files and file handles are read in parts, so that at most one tensor at a time lives beside the
 * parameters themselves; URLs and streams are held once, whole, while this runs.
 *
 * @throws CheckpointError, and nothing else; nothing is left behind then
 */
export async function importStyleGan2(
  input: CheckpointInput,
  { cache, averageSamples = 1024, ...options }: ImportStyleGan2Options = {},
): Promise<ImportedStyleGan2> {
  const key = cache === undefined ? null : keyOf(input);
  return guard(async () => {
    if (!(Number.isInteger(averageSamples) && averageSamples >= 1 && averageSamples <= MOST_SAMPLES)) {
      throw new CheckpointError('CHECKPOINT_SOURCE', `averageSamples is an integer from 1 to ${MOST_SAMPLES}`, {
        found: printable(averageSamples),
      });
    }
    if (cache !== undefined && key !== null) {
      const kept = await cache.get(key);
      if (kept !== null) return importSource(kept, averageSamples, options);
    }
    const imported = await importSource(input, averageSamples, options);
    if (cache !== undefined && key !== null) {
      try {
        await cache.put(key, await saveStyleGan2(imported.config, imported.parameters, { dtype: 'float32' }));
      } catch (error) {
        return { ...imported, warnings: [...imported.warnings, printable((error as Error).message, { longest: 300 })] };
      }
    }
    return imported;
  }, options.signal);
}

async function importSource(
  input: CheckpointInput,
  averageSamples: number,
  options: OpenCheckpointOptions,
): Promise<ImportedStyleGan2> {
  const { onProgress, signal, maxBufferedBytes } = options;
  const source = await toByteSource(input, {
    signal,
    maxBufferedBytes,
    onProgress: (loaded, total) => onProgress?.({ phase: 'download', loaded, total }),
  });
  if ((await recognise(source)) === 'safetensors' && (await isOwnFile(source, signal))) {
    const bytes = source.bytes ?? (await source.read(0, source.size));
    return { kind: 'autodrag', ...(await loadStyleGan2(bytes, { signal })), warnings: [] };
  }
  const tree: TensorTree = {};
  try {
    const { kind, config, tensors, hasAverage, warnings } = await openCheckpoint(source, options);
    for (const { name, shape, read } of tensors)
      placeTensor(tree, name, tf.tensor(await read(), [...shape], 'float32'));
    const parameters = tree as unknown as StyleGan2Parameters;
    if (hasAverage) return { kind, config, parameters, warnings };
    placeTensor(tree, 'buffers.wAvg', await averageCode(parameters, config, { samples: averageSamples, signal }));
    const computed = `the file has no mean w: it was computed from ${averageSamples} codes`;
    const labels = config.cDim > 0 ? ', whose labels were drawn evenly' : '';
    return { kind, config, parameters, warnings: [...warnings, computed + labels] };
  } catch (error) {
    tf.dispose(tree as tf.TensorContainer);
    throw error;
  }
}

/** Whether a safetensors file is one of `saveStyleGan2`. */
async function isOwnFile(source: ByteSource, signal: AbortSignal | undefined): Promise<boolean> {
  return isOwn(await readSafetensors(source, createTurns({ signal })));
}

/** What names an input that will be the same another time. */
function keyOf(input: CheckpointInput): string | null {
  if (typeof input === 'string' || input instanceof URL) return String(input);
  if (typeof File !== 'undefined' && input instanceof File) {
    return `file:${input.name}:${input.size}:${input.lastModified}`;
  }
  return null;
}
