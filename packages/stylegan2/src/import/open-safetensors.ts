import { quote, readSafetensorsHeader, type Turns, WeightFileError } from '@autodrag/nn';
import { ownFormat } from '../own-format.js';
import { type ByteSource, sliceSource } from './byte-source.js';
import { CheckpointError } from './checkpoint-error.js';
import { denseArray, type LazyArray } from './lazy-array.js';
import { readNamedWeights } from './open-pickle.js';
import type { RawGenerator } from './raw-generator.js';
import type { UnpickleOptions } from './unpickle.js';
import { familyOfNames } from './weight-names.js';
import { whatIsWrong } from './what-is-wrong.js';

type Header = Awaited<ReturnType<typeof readSafetensorsHeader>> & { dataStart: number };

/** As the reference implementation has it. */
const LONGEST_HEADER = 100_000_000;

/**
 * The header of a safetensors file; its data are not read.
 *
 * @throws CheckpointError
 */
export async function readSafetensors(source: ByteSource, turns?: Turns): Promise<Header> {
  try {
    return await readHeader(source, turns);
  } catch (error) {
    if (!(error instanceof WeightFileError)) throw error;
    throw new CheckpointError('CHECKPOINT_MALFORMED', 'expected a whole safetensors file', {
      found: whatIsWrong(error),
      cause: error,
      wayOut: 'The file is damaged or cut off: fetch it again.',
    });
  }
}

async function readHeader(source: ByteSource, turns?: Turns): Promise<Header> {
  const head = await source.read(0, 8);
  const length = Number(new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true));
  if (length > LONGEST_HEADER) {
    throw new WeightFileError(`safetensors: the header claims ${length} bytes, more than ${LONGEST_HEADER}.`);
  }
  const json = await source.read(8, 8 + length);
  const header = await readSafetensorsHeader(json, source.size - 8 - length, { where: 'safetensors', turns });
  return { ...header, dataStart: 8 + length };
}

/** Whether a safetensors file says that this project wrote it. */
export function isOwn({ metadata }: Header): boolean {
  return metadata.kind === ownFormat.kind || (metadata.kind === undefined && metadata.config !== undefined);
}

/** The generator in a safetensors file of another program: weights under its names, without any configuration. */
export async function readForeignSafetensors(
  source: ByteSource,
  { budget, turns }: UnpickleOptions,
): Promise<RawGenerator> {
  const wrong = (code: 'CHECKPOINT_UNSUPPORTED' | 'CHECKPOINT_UNRECOGNISED', found: string) =>
    new CheckpointError(
      code,
      "expected a safetensors file with the weights of a StyleGAN2, in NVIDIA's or rosinality's names",
      {
        found,
        wayOut: 'Give a file that saveStyleGan2 wrote, or the state_dict() of one of these generators.',
      },
    );
  const header = await readSafetensors(source, turns);
  if (isOwn(header)) {
    throw new CheckpointError('CHECKPOINT_UNSUPPORTED', 'openCheckpoint reads the files of other programs', {
      found: "one of this project's own",
      wayOut: 'Use importStyleGan2 or loadStyleGan2.',
    });
  }
  const { entries, metadata, dataStart } = header;
  if (metadata.kind !== undefined) throw wrong('CHECKPOINT_UNRECOGNISED', `a ${quote(metadata.kind)}`);
  const arrays = new Map<string, LazyArray>();
  for (const { name, shape, dtype, begin, end } of entries) {
    budget.charge(512);
    const range = { source: sliceSource(source, dataStart + begin, dataStart + end), start: 0, end: end - begin };
    arrays.set(
      name,
      denseArray(shape, async () => ({ ...range, type: dtype })),
    );
  }
  const raw = readNamedWeights(arrays);
  if (raw !== null) return raw;
  const names = [...arrays.keys()];
  const family = familyOfNames(names);
  if (family !== null) throw wrong('CHECKPOINT_UNSUPPORTED', family);
  const first = names.slice(0, 5).map((name) => quote(name));
  throw wrong('CHECKPOINT_UNRECOGNISED', first.length > 0 ? `the tensors ${first.join(', ')}` : 'no tensors');
}
