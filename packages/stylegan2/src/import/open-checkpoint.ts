import { createTurns, printable, quote } from '@autodrag/nn';
import type { StyleGan2Config } from '../config.js';
import { createBudget } from './budget.js';
import { type ByteSource, type CheckpointInput, toByteSource } from './byte-source.js';
import { ByteWindow } from './byte-window.js';
import { CheckpointError } from './checkpoint-error.js';
import { describeGenerator } from './describe-generator.js';
import { readArray } from './lazy-array.js';
import { refuseFamily } from './nvidia-generator.js';
import { readPickledGenerator } from './open-pickle.js';
import { readForeignSafetensors } from './open-safetensors.js';
import type { PickleValue } from './pickle-values.js';
import type { CheckpointKind, RawGenerator } from './raw-generator.js';
import { recognise } from './recognise.js';
import { readTorchStream, readTorchZip } from './torch-archive.js';
import { type UnpickleOptions, unpickle } from './unpickle.js';
import { openZip } from './zip-archive.js';

export type ImportProgress = {
  /** `download`: a stream is buffered; `scan`: the file's structure; `read`: the tensors of the generator. */
  phase: 'download' | 'scan' | 'read';
  /** Bytes done in this phase. */
  loaded: number;
  /** Bytes in this phase; 0 where it is not known. */
  total: number;
};

export type OpenCheckpointOptions = {
  onProgress?: (progress: ImportProgress) => void;
  signal?: AbortSignal;
  /** Streams have no random access and are buffered, up to so many bytes. @default 2 GiB */
  maxBufferedBytes?: number;
};

/** One tensor of the generator, in the project's names and layout, still in the file. */
export type CheckpointTensor = {
  /** Dotted name in `StyleGan2Parameters`, as `synthesis.blocks.1.conv0.weight` */
  readonly name: string;
  readonly shape: readonly number[];
  /** Reads and converts this tensor alone. */
  read(): Promise<Float32Array>;
};

/** A recognised StyleGAN2 checkpoint whose tensors have not been read. */
export type Checkpoint = {
  readonly kind: Exclude<CheckpointKind, 'autodrag'>;
  readonly config: StyleGan2Config;
  readonly tensors: readonly CheckpointTensor[];
  /**
   * False where the file has no mean w, as rosinality's training files: `buffers.wAvg` is not among the tensors then.
   */
  readonly hasAverage: boolean;
  /** What was filled in or left out, in sentences. */
  readonly warnings: readonly string[];
};

const FILTER = [1, 3, 3, 1];
const LARGEST_WEIGHT = 1e15;
/** Strings in a pickle that give away a family before its generator is complete. */
const WATCHED: ReadonlySet<string> = new Set(['SynthesisInput', 'SuperresGenerator']);

/**
 * Opens a checkpoint of another program: recognises its kind by its content, reads its structure and its
 * configuration, checks every tensor's shape, and leaves the numbers where they are.
 * Nothing in the file is executed. Memory: the structure, and a window of 256 KB into the file.
 *
 * @throws CheckpointError, and nothing else
 */
export async function openCheckpoint(input: CheckpointInput, options: OpenCheckpointOptions = {}): Promise<Checkpoint> {
  const { onProgress, signal, maxBufferedBytes } = options;
  const turns = createTurns({ signal });
  return guard(async () => {
    signal?.throwIfAborted();
    const source = await toByteSource(input, {
      maxBufferedBytes,
      signal,
      onProgress: (loaded, total) => onProgress?.({ phase: 'download', loaded, total }),
    });
    const budget = createBudget(source.size);
    const seen = new Set<string>();
    const unpickling: UnpickleOptions = {
      budget,
      turns,
      watch: WATCHED,
      seen,
      refuse: (module, name, offset) => refuseGlobal(module, name, offset, seen),
      tick(position) {
        onProgress?.({ phase: 'scan', loaded: position, total: source.size });
      },
    };
    const raw = await readRaw(source, unpickling);
    const { config, tensors, hasAverage, warnings } = describeGenerator(raw);
    for (const { name, array, gain } of raw.filters) {
      if (turns.due()) await turns.take();
      checkFilter(name, await readArray(array, budget, name, turns), array.shape, gain);
    }
    onProgress?.({ phase: 'scan', loaded: source.size, total: source.size });

    const total = tensors.reduce((sum, { array }) => sum + 4 * array.shape.reduce((a, b) => a * b, 1), 0);
    let loaded = 0;
    return {
      kind: raw.kind,
      config,
      hasAverage,
      warnings,
      tensors: tensors.map(({ name, array }) => ({
        name,
        shape: array.shape,
        read: () =>
          guard(async () => {
            signal?.throwIfAborted();
            const data = await readArray(array, budget, name, turns);
            checkNumbers(name, data);
            loaded = Math.min(total, loaded + data.byteLength);
            onProgress?.({ phase: 'read', loaded, total });
            if (turns.due()) await turns.take();
            return data;
          }, signal),
      })),
    };
  }, signal);
}

async function readRaw(source: ByteSource, options: UnpickleOptions): Promise<RawGenerator> {
  const { budget, turns } = options;
  switch (await recognise(source)) {
    case 'zip':
      return readPickledGenerator(await readTorchZip(await openZip(source, budget, { turns }), options), options);
    case 'torch-stream':
      return readPickledGenerator(await readTorchStream(source, 0, source.size, options), options);
    case 'pickle': {
      const root: PickleValue = await unpickle(new ByteWindow(source, budget), options);
      return readPickledGenerator({ root, locate: nowhere }, options);
    }
    case 'safetensors':
      return readForeignSafetensors(source, options);
  }
}

/** Storages of a plain pickle hold their own bytes. */
function nowhere(): Promise<never> {
  return Promise.reject(
    new CheckpointError('CHECKPOINT_MALFORMED', 'pickle: a storage holds its own bytes', { found: 'a key' }),
  );
}

/** A global outside the closed list; where the file is known to be of another family, that is said. */
function refuseGlobal(module: string, name: string, offset: number, seen: ReadonlySet<string>): CheckpointError {
  const global = `${module}.${name}`;
  const projected = /^(pg_modules|feature_networks|timm)\b/.test(module);
  const embedding = global === 'torch.nn.modules.sparse.Embedding';
  if (seen.has('SuperresGenerator') || (seen.has('SynthesisInput') && (projected || embedding))) {
    return refuseFamily('StyleGAN-XL', offset);
  }
  return new CheckpointError('CHECKPOINT_FORBIDDEN_GLOBAL', 'the pickle names a global outside the closed list', {
    found: quote(global),
    offset,
    wayOut: projected
      ? 'It was not looked up or run. The file comes from Projected GAN: save {"G_ema": G_ema} alone and import that.'
      : 'It was not looked up or run. Save {"G_ema": G_ema} alone with the original program, and import that file.',
  });
}

function checkFilter(name: string, values: Float32Array, shape: readonly number[], gain: number): void {
  const fits =
    shape.length === 2 &&
    values.length === 16 &&
    values.every((value, i) => {
      const expected = ((FILTER[i >> 2] as number) * (FILTER[i & 3] as number) * gain) / 64;
      return Math.abs(value - expected) < 1e-4;
    });
  if (fits) return;
  throw new CheckpointError('CHECKPOINT_UNSUPPORTED', `${quote(name)} is the filter [1, 3, 3, 1]`, {
    found: `[${shape.slice(0, 4).join(', ')}]: ${[...values.slice(0, 4)].map((value) => value.toPrecision(3)).join(', ')} …`,
    wayOut: 'Networks with another resampling filter are not implemented.',
  });
}

/** Weights that are no numbers draw black pictures, and so do those whose squares are beyond 32-bit floats. */
function checkNumbers(name: string, values: Float32Array): void {
  let odd = 0; // a loop: with findIndex this takes as long as all the rest
  while (odd < values.length && Math.abs(values[odd] as number) <= LARGEST_WEIGHT) odd++;
  if (odd === values.length) return;
  const value = values[odd] as number;
  const rule = Number.isFinite(value) ? `numbers up to ${LARGEST_WEIGHT}` : 'finite numbers';
  throw new CheckpointError('CHECKPOINT_TENSOR', `${name} holds ${rule}`, {
    found: `${value} at ${odd}`,
    wayOut: Number.isFinite(value)
      ? 'No generator has such weights: the file is damaged or of another kind.'
      : 'The training went astray, or the file is damaged: take an earlier snapshot.',
  });
}

/** Whatever goes wrong leaves as a CheckpointError. */
export async function guard<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    if (signal?.aborted) throw new CheckpointError('CHECKPOINT_ABORTED', 'stopped by the signal', { cause: error });
    throw new CheckpointError('CHECKPOINT_SOURCE', 'the file could not be read', {
      found: printable((error as Error)?.message ?? error, { longest: 300 }),
      cause: error,
    });
  }
}
