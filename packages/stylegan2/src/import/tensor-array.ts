import { quote } from '@autodrag/nn';
import { CheckpointError } from './checkpoint-error.js';
import { denseArray, type LazyArray, permute, sizeOf } from './lazy-array.js';
import {
  describeValue,
  ELEMENT_BYTES,
  PickleArray,
  type PickleBytes,
  PickleOpaque,
  PickleStorage,
  PickleTensor,
  type PickleValue,
} from './pickle-values.js';
import { locateBlob, rangeOfBytes, type StorageRange, type TorchArchive } from './torch-archive.js';
import type { UnpickleOptions } from './unpickle.js';

/** Makes lazy arrays of the tensors of one file. `name` is what messages call it. */
export type ArrayMaker = (value: PickleValue | undefined, name: string) => LazyArray;

/** Tensors of PyTorch, whose storages lie in an archive or are streams of their own, and arrays of NumPy. */
export function createArrayMaker(locate: TorchArchive['locate'], options: UnpickleOptions): ArrayMaker {
  const openBlob = createBlobOpener(options);
  const openStorage = ({ location }: PickleStorage): Promise<StorageRange> =>
    location.kind === 'blob' ? openBlob(location.bytes) : locate(new PickleStorage(location));
  return (value, name) => {
    options.budget.charge(512 + 2 * name.length);
    if (value instanceof PickleArray) return numpyArray(value, name, options);
    if (!(value instanceof PickleTensor)) {
      const code = value instanceof PickleOpaque ? 'CHECKPOINT_UNSUPPORTED' : 'CHECKPOINT_TENSOR';
      throw new CheckpointError(code, `${quote(name)} is a tensor of numbers`, {
        found: describeValue(value),
        wayOut: 'Convert the weights to common tensors (.dequantize(), .to_dense()) and save them again.',
      });
    }
    const { storage, shape, strides, offset, type } = value;
    if (storage instanceof PickleArray) {
      const { open } = numpyArray(storage, name, options);
      return { shape, strides, offset, plus: 0, open };
    }
    const open = async () => {
      const range = await openStorage(storage);
      return type === null ? range : { ...range, type };
    };
    return { shape, strides, offset, plus: 0, open };
  };
}

/** Streams are read once each, however many storages and whatever objects refer to them. */
function createBlobOpener(options: UnpickleOptions): (bytes: PickleBytes) => Promise<StorageRange> {
  const known = new Map<string, Promise<StorageRange>>();
  return (bytes) => {
    const { start, end, encoding, inline } = bytes;
    const key = `${encoding} ${start} ${end} ${inline ?? ''}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const range = locateBlob(bytes, options);
    range.catch(() => undefined); // whoever reads it is told
    known.set(key, range);
    return range;
  };
}

/** An array of NumPy, whose bytes are checked against its shape when they are read. */
export function numpyArray(array: PickleArray, name: string, options: UnpickleOptions): LazyArray {
  const { shape, type, spelled, littleEndian, fortranOrder, data } = array;
  if (type === null || data === null) {
    throw new CheckpointError('CHECKPOINT_UNSUPPORTED', `NumPy: ${quote(name)} holds numbers`, {
      found: spelled === '' ? 'an array without data' : `the type ${quote(spelled)}`,
    });
  }
  const open = async (): Promise<StorageRange> => {
    const range = await rangeOfBytes(data, options);
    const wanted = sizeOf(shape) * ELEMENT_BYTES[type];
    if (range.end - range.start !== wanted) {
      throw new CheckpointError('CHECKPOINT_MALFORMED', `NumPy: ${quote(name)} has ${wanted} bytes`, {
        found: `${range.end - range.start}`,
        offset: data.start,
      });
    }
    return { ...range, type, littleEndian };
  };
  if (!fortranOrder) return denseArray(shape, open);
  const backwards = shape.map((_, i) => shape.length - 1 - i);
  return permute(denseArray([...shape].reverse(), open), backwards);
}
