import type { Budget } from './budget.js';
import { CheckpointError } from './checkpoint-error.js';
import {
  describeValue,
  PickleArray,
  PickleBytes,
  PickleDict,
  PickleDtype,
  PickleList,
  PickleModule,
  PickleObject,
  PickleOpaque,
  PickleText,
  PickleTuple,
  type PickleValue,
} from './pickle-values.js';

/** What the pieces of the machine share. */
export type PickleContext = {
  readonly budget: Budget;
  /** An error at the current opcode. */
  readonly malformed: (rule: string, found?: string) => CheckpointError;
  /** A new dict, paid for. */
  readonly dict: () => PickleDict;
  /** Where the current opcode stands. */
  readonly at: number;
};

/** BUILD: gives an object its state. Nothing runs; attributes of dicts and of NVIDIA's modules are dropped. */
export function buildPickle(target: PickleValue, state: PickleValue, context: PickleContext): void {
  if (target instanceof PickleDict || target instanceof PickleOpaque || target instanceof PickleList) return;
  if (target instanceof PickleModule) {
    // NVIDIA's come with their state, and another one of None.
    if (target.state.size === 0 && state instanceof PickleDict) target.state = state;
    return;
  }
  if (target instanceof PickleObject) {
    target.state = state;
    return;
  }
  if (target instanceof PickleDtype) {
    const order = state instanceof PickleTuple ? state.items[1] : undefined;
    if (order !== '<' && order !== '=' && order !== '|' && order !== '>') {
      throw context.malformed('a NumPy dtype has a byte order', describeValue(order));
    }
    target.littleEndian = order !== '>';
    return;
  }
  if (target instanceof PickleArray) {
    const items = state instanceof PickleTuple ? state.items : [];
    const [, shape, dtype, fortranOrder, data] = items;
    if (items.length !== 5 || !(shape instanceof PickleTuple) || !(dtype instanceof PickleDtype)) {
      throw context.malformed('a NumPy array has (version, shape, dtype, order, data)', describeValue(state));
    }
    fillArray(target, shape, dtype, fortranOrder === true, data, context);
    return;
  }
  throw context.malformed('BUILD needs an object of the closed list', describeValue(target));
}

/** Sets a NumPy array's shape and data. Arrays of objects come as lists: they are kept without their data. */
export function fillArray(
  target: PickleArray,
  shape: PickleTuple,
  dtype: PickleDtype,
  fortranOrder: boolean,
  data: PickleValue | undefined,
  context: PickleContext,
): void {
  target.type = dtype.type;
  target.spelled = dtype.spelled;
  target.littleEndian = dtype.littleEndian;
  target.fortranOrder = fortranOrder;
  if (dtype.type === null) return; // nothing reads it: strings, objects, records, dates
  target.shape = readSizes(shape, context);
  target.data = toBytes(data, context);
}

/** A bytes object, or what Python 2 wrote for one. */
export function toBytes(value: PickleValue | undefined, context: PickleContext): PickleBytes {
  if (value instanceof PickleBytes) return value;
  if (value instanceof PickleText) {
    return new PickleBytes(value.source, value.start, value.end, value.encoding === 'utf8' ? 'utf8' : 'raw', null);
  }
  if (typeof value === 'string') {
    context.budget.step(value.length, context.at);
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 255) throw context.malformed('bytes written as text hold code points up to 255', `${code}`);
    }
    return new PickleBytes(NOWHERE, 0, value.length, 'raw', value);
  }
  throw context.malformed('bytes are expected', describeValue(value));
}

const NOWHERE = {
  size: 0,
  read: (): Promise<Uint8Array> =>
    Promise.reject(new CheckpointError('CHECKPOINT_MALFORMED', 'inline bytes have no range')),
};

/** A tuple of at most eight sizes. */
export function readSizes(value: PickleValue | undefined, context: PickleContext): number[] {
  if (!(value instanceof PickleTuple) || value.items.length > 8) {
    throw context.malformed('a shape is a tuple of at most 8 integers', describeValue(value));
  }
  return value.items.map((item) => {
    if (typeof item !== 'number' || !Number.isInteger(item) || item < 0) {
      throw context.malformed('a size is a non-negative integer', describeValue(item));
    }
    return item;
  });
}
