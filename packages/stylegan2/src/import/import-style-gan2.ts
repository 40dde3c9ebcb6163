import { createRandom } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { StyleGan2Config } from '../config.js';
import { loadStyleGan2 } from '../load-style-gan2.js';
import { mapping } from '../mapping.js';
import type { StyleGan2Parameters } from '../parameters.js';
import { saveStyleGan2 } from '../save-style-gan2.js';
import { type CheckpointInput, toByteSource } from './byte-source.js';
import type { CheckpointCache } from './checkpoint-cache.js';
import { CheckpointError } from './checkpoint-error.js';
import { guard, type OpenCheckpointOptions, openCheckpoint } from './open-checkpoint.js';
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

/** Codes that go through the mapping network at once. */
const AVERAGE_BATCH = 128;

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
    if (cache !== undefined && key !== null) {
      const kept = await cache.get(key);
      if (kept !== null) return importSource(kept, averageSamples, options);
    }
    const imported = await importSource(input, averageSamples, options);
    if (cache !== undefined && key !== null) {
      try {
        await cache.put(key, await saveStyleGan2(imported.config, imported.parameters));
      } catch (error) {
        return { ...imported, warnings: [...imported.warnings, (error as Error).message] };
      }
    }
    return imported;
  });
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
  if ((await recognise(source)) === 'safetensors') {
    const bytes = source.bytes ?? (await source.read(0, source.size));
    return { kind: 'autodrag', ...(await loadStyleGan2(bytes)), warnings: [] };
  }
  const tree: TensorTree = {};
  try {
    const { kind, config, tensors, hasAverage, warnings } = await openCheckpoint(source, options);
    for (const { name, shape, read } of tensors)
      placeTensor(tree, name, tf.tensor(await read(), [...shape], 'float32'));
    const parameters = tree as unknown as StyleGan2Parameters;
    if (hasAverage) return { kind, config, parameters, warnings };
    placeTensor(tree, 'buffers.wAvg', averageCode(parameters, config, averageSamples));
    return {
      kind,
      config,
      parameters,
      warnings: [...warnings, `the file has no mean w: it was computed from ${averageSamples} codes`],
    };
  } catch (error) {
    tf.dispose(tree as tf.TensorContainer);
    throw error;
  }
}

/** The mean of w over random z, `[wDim]`. The same on every run, up to rounding. */
function averageCode(parameters: StyleGan2Parameters, config: StyleGan2Config, samples: number): tf.Tensor1D {
  if (config.cDim > 0) {
    throw new CheckpointError('CHECKPOINT_TENSOR', 'a conditional checkpoint has the tensor mapping.w_avg', {
      found: 'none',
      wayOut: 'Its mean depends on the labels it was trained with: save it with the network.',
    });
  }
  return tf.tidy(() => {
    const random = createRandom(0);
    let sum = tf.zeros([config.wDim]) as tf.Tensor1D;
    for (let done = 0; done < samples; done += AVERAGE_BATCH) {
      const count = Math.min(AVERAGE_BATCH, samples - done);
      const next = tf.tidy(() => {
        const ws = mapping(parameters, config, random.normalTensor([count, config.zDim]) as tf.Tensor2D);
        return tf.add(sum, tf.sum(tf.squeeze(tf.slice(ws, [0, 0, 0], [-1, 1, -1]), [1]), 0)) as tf.Tensor1D;
      });
      sum.dispose();
      sum = next;
    }
    return tf.div(sum, samples) as tf.Tensor1D;
  });
}

/** What names an input that will be the same another time. */
function keyOf(input: CheckpointInput): string | null {
  if (typeof input === 'string' || input instanceof URL) return String(input);
  if (typeof File !== 'undefined' && input instanceof File) {
    return `file:${input.name}:${input.size}:${input.lastModified}`;
  }
  return null;
}
