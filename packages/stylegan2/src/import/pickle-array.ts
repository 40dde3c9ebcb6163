import { CheckpointError } from './checkpoint-error.js';
import {
  describeValue,
  type PickleArray,
  PickleBytes,
  type PickleDtype,
  PickleText,
  PickleTuple,
  type PickleValue,
} from './pickle-values.js';

export type Malformed = (rule: string, found?: string) => CheckpointError;

/** Sets a NumPy array's shape and data. */
export function fillArray(
  target: PickleArray,
  shape: PickleTuple,
  dtype: PickleDtype,
  fortranOrder: boolean,
  data: PickleValue | undefined,
  malformed: Malformed,
): void {
  if (!dtype.littleEndian) throw malformed('NumPy arrays are read in little-endian order', 'a big-endian array');
  target.shape = readSizes(shape, malformed);
  target.type = dtype.type;
  target.fortranOrder = fortranOrder;
  target.data = toBytes(data, malformed);
}

/** A bytes object, or what Python 2 wrote for one. */
export function toBytes(value: PickleValue | undefined, malformed: Malformed): PickleBytes {
  if (value instanceof PickleBytes) return value;
  if (value instanceof PickleText) {
    return new PickleBytes(value.source, value.start, value.end, value.encoding === 'utf8' ? 'utf8' : 'raw', null);
  }
  if (typeof value === 'string') {
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 255) throw malformed('bytes written as text hold code points up to 255', `${code}`);
    }
    return new PickleBytes(NOWHERE, 0, value.length, 'raw', value);
  }
  throw malformed('bytes are expected', describeValue(value));
}

const NOWHERE = {
  size: 0,
  read: (): Promise<Uint8Array> =>
    Promise.reject(new CheckpointError('CHECKPOINT_MALFORMED', 'inline bytes have no range')),
};

/** A tuple of at most eight sizes. */
export function readSizes(value: PickleValue | undefined, malformed: Malformed): number[] {
  if (!(value instanceof PickleTuple) || value.items.length > 8) {
    throw malformed('a shape is a tuple of at most 8 integers', describeValue(value));
  }
  return value.items.map((item) => {
    if (typeof item !== 'number' || !Number.isInteger(item) || item < 0) {
      throw malformed('a size is a non-negative integer', describeValue(item));
    }
    return item;
  });
}
