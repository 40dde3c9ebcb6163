import { quote } from '@autodrag/nn';
import { type ByteSource, bytesSource } from './byte-source.js';
import { ByteWindow } from './byte-window.js';
import { CheckpointError } from './checkpoint-error.js';
import {
  describeValue,
  ELEMENT_BYTES,
  type ElementType,
  inlineBytes,
  type OddType,
  type PickleBytes,
  PickleDict,
  PickleGlobal,
  PickleList,
  PickleStorage,
  PickleTuple,
  type PickleValue,
} from './pickle-values.js';
import { type UnpickleOptions, unpickle } from './unpickle.js';
import type { ByteRange, ZipArchive } from './zip-archive.js';

export const TORCH_MAGIC = 0x1950a86a20f9469cfc6cn;
const TORCH_PROTOCOL = 1001;
/** A storage's own stream has a header of some four hundred bytes; the data behind it is not looked at yet. */
const STREAM_WINDOW_BYTES = 2048;

/** The elements of one storage. */
export type StorageRange = ByteRange & {
  type: ElementType | OddType;
  /** @default true */
  littleEndian?: boolean;
};

/** A file of `torch.save`: its pickle, and where its storages lie. */
export type TorchArchive = {
  root: PickleValue;
  locate(storage: PickleStorage): Promise<StorageRange>;
};

/** The zip format of PyTorch 1.6 and later. */
export async function readTorchZip(zip: ZipArchive, options: UnpickleOptions): Promise<TorchArchive> {
  const main = findMainPickle(zip);
  const prefix = main.slice(0, -'data.pkl'.length);
  if (zip.has(`${prefix}byteorder`)) {
    const { source, start, end } = await zip.open(`${prefix}byteorder`);
    const order = new TextDecoder().decode(await source.read(start, Math.min(end, start + 16)));
    if (order !== 'little') throw bigEndian();
  }
  const pickle = await zip.open(main);
  const window = new ByteWindow(pickle.source, options.budget, pickle.start, pickle.end);
  const root = await unpickle(window, { ...options, persistentLoad: storageOfId });
  return {
    root,
    async locate(storage) {
      const { key, type, count } = keyed(storage);
      const range = await zip.open(`${prefix}data/${key}`);
      if (range.end - range.start < count * ELEMENT_BYTES[type]) throw shortStorage(key, count, type, range.start);
      return { ...range, type };
    },
  };
}

/** The one `data.pkl` of an archive of `torch.save`. */
function findMainPickle(zip: ZipArchive): string {
  const mains = zip.names.filter((name) => name === 'data.pkl' || name.endsWith('/data.pkl'));
  const [main, other] = mains;
  const unsupported = (found: string, wayOut: string) =>
    new CheckpointError('CHECKPOINT_UNSUPPORTED', 'a zip of torch.save holds one data.pkl', { found, wayOut });
  if (main === undefined) {
    if (zip.names.length > 0 && zip.names.every((name) => name.endsWith('.npy'))) {
      throw unsupported('NumPy arrays (.npz)', 'They may be latent codes. Give the .pkl or .pt of a generator.');
    }
    throw new CheckpointError('CHECKPOINT_UNRECOGNISED', 'the file is a zip without data.pkl', {
      found:
        zip.names
          .slice(0, 5)
          .map((name) => quote(name))
          .join(', ') || 'an empty archive',
      wayOut: 'Give a .pt file that torch.save wrote, or unpack the archive and give the checkpoint inside.',
    });
  }
  if (other !== undefined)
    throw unsupported(`${quote(main)} and ${quote(other)}`, 'Save the file again with torch.save.');
  const prefix = main.slice(0, -'data.pkl'.length);
  if (zip.has(`${prefix}constants.pkl`)) {
    throw unsupported('a TorchScript program', 'Save the state_dict() of the generator with torch.save.');
  }
  return main;
}

/**
 * The stream that `torch.save` wrote before 1.6, and that NVIDIA's pickles hold per storage:
 * magic, protocol, system, the pickle, the keys, then each storage as a count and its elements.
 */
export async function readTorchStream(
  source: ByteSource,
  start: number,
  end: number,
  options: UnpickleOptions,
): Promise<TorchArchive> {
  const { budget, turns } = options;
  const window = new ByteWindow(source, budget, start, end, STREAM_WINDOW_BYTES);
  const magic = await unpickle(window, options);
  if (magic !== TORCH_MAGIC) throw malformed('a stream begins with its magic number', describeValue(magic), start);
  const protocol = await unpickle(window, options);
  if (protocol !== TORCH_PROTOCOL) {
    throw malformed(`the stream's protocol is ${TORCH_PROTOCOL}`, describeValue(protocol), start);
  }
  const system = await unpickle(window, options);
  if (system instanceof PickleDict && system.get('little_endian') === false) throw bigEndian();
  // Types and counts stand in the persistent ids; the data follow in the order of the keys.
  const storages = new Map<string, PickleStorage>();
  const root = await unpickle(window, {
    ...options,
    persistentLoad(id, offset) {
      const storage = storageOfId(id, offset);
      if (storage instanceof PickleGlobal) return storage;
      budget.charge(128, offset);
      storages.set(keyed(storage).key, storage);
      return storage;
    },
  });
  const keysAt = window.position;
  const keys = await unpickle(window, options);
  if (!(keys instanceof PickleList)) throw malformed('the storage keys are a list', describeValue(keys), keysAt);

  const ranges = new Map<string, StorageRange>();
  for (const key of keys.items) {
    if (turns?.due()) await turns.take();
    if (typeof key !== 'string') throw malformed('a storage key is a string', describeValue(key), keysAt);
    if (!window.has(8)) await window.fill(8);
    window.require(8, 'the element count of a storage');
    const at = window.position;
    const count = window.uint64();
    const storage = storages.get(key);
    if (storage === undefined) throw malformed('every key belongs to a storage', quote(key), at);
    const declared = keyed(storage);
    if (declared.count !== count) {
      throw malformed(`the storage ${quote(key)} has ${declared.count} elements by its id`, `${count} in the data`, at);
    }
    const size = count * ELEMENT_BYTES[declared.type];
    window.require(size, `the storage ${quote(key)}`);
    budget.charge(256, at);
    ranges.set(key, { source, start: window.position, end: window.position + size, type: declared.type });
    window.skip(size);
  }
  return {
    root,
    async locate(storage) {
      const { key } = keyed(storage);
      const range = ranges.get(key);
      if (range === undefined) throw malformed('every storage has its data', `none for ${quote(key)}`, keysAt);
      return range;
    },
  };
}

/** The storage inside the bytes that NVIDIA's pickles hold: a stream of its own with one storage. */
export async function locateBlob(bytes: PickleBytes, options: UnpickleOptions): Promise<StorageRange> {
  const { source, start, end } = await rangeOfBytes(bytes, options);
  const archive = await readTorchStream(source, start, end, options);
  if (!(archive.root instanceof PickleStorage)) {
    throw malformed('a storage stream holds one storage', describeValue(archive.root), start);
  }
  return archive.locate(archive.root);
}

/** The range of a bytes object; bytes that protocol 2 wrote as text are decoded. */
export async function rangeOfBytes(bytes: PickleBytes, { budget, turns }: UnpickleOptions): Promise<ByteRange> {
  const { source, start, end, encoding, inline } = bytes;
  if (inline !== null) {
    budget.charge(256 + inline.length, start);
    return { source: bytesSource(inlineBytes(inline)), start: 0, end: inline.length };
  }
  if (encoding === 'raw') return { source, start, end };
  budget.charge(2 * (end - start), start);
  budget.step(end - start, start);
  const text = await source.read(start, end);
  const decoded = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    if ((i & 0xfffff) === 0 && turns?.due()) await turns.take();
    const byte = text[i] as number;
    if (byte < 0x80) {
      decoded[length++] = byte;
    } else {
      // Code points 0x80 to 0xff take two bytes, of which the first is C2 or C3.
      const next = text[++i];
      if ((byte !== 0xc2 && byte !== 0xc3) || next === undefined || next < 0x80 || next > 0xbf) {
        throw malformed('bytes written as text hold code points up to 255', `0x${byte.toString(16)}`, start + i);
      }
      decoded[length++] = ((byte & 3) << 6) | (next & 0x3f);
    }
  }
  return { source: bytesSource(decoded.subarray(0, length)), start: 0, end: length };
}

/** ('storage', class, key, place, element count[, view]) */
function storageOfId(id: PickleValue, offset: number): PickleStorage | PickleGlobal {
  const items = id instanceof PickleTuple ? id.items : [];
  const [kind, type, key, , count, view = null] = items;
  // The stream before 1.6 names the class of a module so, with its program text, which is ignored.
  if (kind === 'module' && type instanceof PickleGlobal) return type;
  const role = type instanceof PickleGlobal ? type.role : null;
  if (kind !== 'storage' || items.length < 5 || items.length > 6) {
    throw malformed("a persistent id is ('storage', class, key, place, count)", describeValue(id), offset);
  }
  if (role === null || typeof role !== 'object' || !('storage' in role))
    throw malformed('a storage has an element type', describeValue(type), offset);
  if (typeof key !== 'string') throw malformed('a storage key is a string', describeValue(key), offset);
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 0) {
    throw malformed('an element count is a non-negative integer', describeValue(count), offset);
  }
  if (view !== null) {
    throw new CheckpointError(
      'CHECKPOINT_UNSUPPORTED',
      'views of storages, as PyTorch before 0.4 wrote them, are not read',
      {
        offset,
        wayOut: 'Load the file with a newer PyTorch and save it again.',
      },
    );
  }
  return new PickleStorage({ kind: 'key', key, type: role.storage, count });
}

function keyed(storage: PickleStorage): { key: string; type: ElementType | OddType; count: number } {
  if (storage.location.kind !== 'key') throw malformed('a storage has a key here', 'a storage of its own', 0);
  return storage.location;
}

function shortStorage(key: string, count: number, type: ElementType | OddType, offset: number): CheckpointError {
  return malformed(`the storage ${quote(key)} holds ${count} elements of ${type}`, 'fewer bytes than that', offset);
}

function bigEndian(): CheckpointError {
  return new CheckpointError('CHECKPOINT_UNSUPPORTED', 'big-endian PyTorch files are not read', {
    wayOut: 'Load the file with PyTorch on any common computer and save it again.',
  });
}

function malformed(rule: string, found: string, offset: number): CheckpointError {
  return new CheckpointError('CHECKPOINT_MALFORMED', `PyTorch: ${rule}`, {
    found,
    offset,
    wayOut: 'The file is damaged: fetch or save it again.',
  });
}
