import type { Budget } from './budget.js';
import { fillArray, type Malformed, readSizes, toBytes } from './pickle-array.js';
import {
  describeValue,
  ELEMENT_BYTES,
  type ElementType,
  inlineBytes,
  PickleArray,
  PickleDict,
  PickleDtype,
  PickleGlobal,
  PickleList,
  PickleModule,
  PickleSet,
  PickleStorage,
  PickleTensor,
  PickleTuple,
  type PickleValue,
} from './pickle-values.js';

export type ReduceContext = {
  budget: Budget;
  malformed: Malformed;
  dict: () => PickleDict;
  at: () => number;
};

const NUMPY_TYPES: Readonly<Record<string, ElementType>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  b1: 'bool',
};

/** REDUCE of a global of the closed list: what Python would call becomes data. */
export function reducePickle(callee: PickleGlobal, args: readonly PickleValue[], context: ReduceContext): PickleValue {
  const { budget, malformed, dict, at } = context;
  const name = `${callee.module}.${callee.name}`;
  const { role } = callee;
  switch (role) {
    case 'persistent-module': {
      const meta = args[0];
      if (!(meta instanceof PickleDict)) throw malformed(`${name} takes a dict`, describeValue(meta));
      const className = meta.get('class_name');
      const state = meta.get('state');
      if (meta.get('type') !== 'class' || typeof className !== 'string') {
        throw malformed(`${name} describes a class by its class_name`, describeValue(className));
      }
      // A class that keeps no state of its own (a helper object) has state None.
      if (state !== null && !(state instanceof PickleDict)) {
        throw malformed(`${name}: the state of ${className.slice(0, 80)} is a dict`, describeValue(state));
      }
      return new PickleModule(className, state ?? dict());
    }
    case 'parameter': {
      const tensor = args[0];
      if (!(tensor instanceof PickleTensor)) throw malformed(`${name} takes a tensor`, describeValue(tensor));
      return tensor;
    }
    case 'tensor': {
      const [storage, offset, shape, strides] = args;
      if (!(storage instanceof PickleStorage)) throw malformed(`${name} takes a storage`, describeValue(storage));
      if (typeof offset !== 'number' || !Number.isInteger(offset) || offset < 0) {
        throw malformed(`${name}: the offset is a non-negative integer`, describeValue(offset));
      }
      budget.charge(256, at());
      const sizes = readSizes(shape, malformed);
      const steps = readSizes(strides, malformed);
      if (sizes.length !== steps.length) {
        throw malformed(`${name}: shape and stride have one length`, `${sizes.length} and ${steps.length}`);
      }
      return new PickleTensor(storage, offset, sizes, steps);
    }
    case 'storage-from-bytes':
      return new PickleStorage({ kind: 'blob', bytes: toBytes(args[0], malformed) });
    case 'dict-class': {
      const result = dict();
      const pairs = args[0];
      if (pairs === undefined) return result;
      // Python 2 passes the items at once: a list of two-element lists.
      if (!(pairs instanceof PickleList)) throw malformed(`${name} takes a list of pairs`, describeValue(pairs));
      budget.charge(240 + pairs.items.length * 64, at());
      result.entries = new Map();
      for (const pair of pairs.items) {
        const items = pair instanceof PickleList || pair instanceof PickleTuple ? pair.items : [];
        if (items.length !== 2) throw malformed(`${name} takes a list of pairs`, describeValue(pair));
        result.entries.set(items[0] as PickleValue, items[1] as PickleValue);
      }
      return result;
    }
    case 'set': {
      const set = new PickleSet();
      if (args[0] instanceof PickleList) set.count = args[0].items.length;
      else if (args.length > 0) throw malformed(`${name} takes a list`, describeValue(args[0]));
      return set;
    }
    case 'list':
      if (args.length > 0) throw malformed(`${name} takes nothing here`, describeValue(args[0]));
      return new PickleList();
    case 'tuple':
      if (!(args[0] instanceof PickleTuple)) throw malformed(`${name} takes a tuple`, describeValue(args[0]));
      return args[0];
    case 'bytes':
    case 'encode': {
      const [value, encoding] = args;
      if (value === undefined && role === 'bytes') return toBytes('', malformed);
      if (encoding !== undefined && encoding !== 'latin1' && encoding !== 'latin-1') {
        throw malformed(`${name}: bytes are written as latin1`, describeValue(encoding));
      }
      if (typeof value === 'string') budget.charge(128 + value.length, at());
      return toBytes(value, malformed);
    }
    case 'numpy-dtype': {
      const spelled = args[0];
      const type = typeof spelled === 'string' ? NUMPY_TYPES[spelled.replace(/^[<=|]/, '')] : undefined;
      if (type === undefined) {
        const found = typeof spelled === 'string' ? `'${spelled.slice(0, 20)}'` : describeValue(spelled);
        throw malformed(`NumPy's types are read as ${Object.keys(NUMPY_TYPES).join(', ')}`, found);
      }
      return new PickleDtype(type);
    }
    case 'numpy-scalar': {
      const [dtype, data] = args;
      if (!(dtype instanceof PickleDtype)) throw malformed(`${name} takes a dtype`, describeValue(dtype));
      const { inline } = toBytes(data, malformed);
      if (inline === null || inline.length !== ELEMENT_BYTES[dtype.type]) {
        throw malformed(`${name} takes the bytes of one ${dtype.type}`, describeValue(data));
      }
      return readScalar(inlineBytes(inline), dtype);
    }
    case 'numpy-reconstruct': {
      const [type, shape] = args;
      if (!(type instanceof PickleGlobal) || type.role !== 'numpy-ndarray') {
        throw malformed(`${name} takes numpy.ndarray`, describeValue(type));
      }
      readSizes(shape, malformed);
      return new PickleArray();
    }
    case 'numpy-frombuffer': {
      const [data, dtype, shape, order] = args;
      if (!(dtype instanceof PickleDtype) || !(shape instanceof PickleTuple) || (order !== 'C' && order !== 'F')) {
        throw malformed(`${name} takes (buffer, dtype, shape, order)`);
      }
      const array = new PickleArray();
      fillArray(array, shape, dtype, order === 'F', data, malformed);
      return array;
    }
    default:
      throw malformed(`${name} stands for a class and is not called`);
  }
}

function readScalar(bytes: Uint8Array, { type, littleEndian }: PickleDtype): PickleValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type) {
    case 'float64':
      return view.getFloat64(0, littleEndian);
    case 'float32':
      return view.getFloat32(0, littleEndian);
    case 'int64':
      return Number(view.getBigInt64(0, littleEndian));
    case 'int32':
      return view.getInt32(0, littleEndian);
    case 'int16':
      return view.getInt16(0, littleEndian);
    case 'int8':
      return view.getInt8(0);
    case 'uint8':
      return view.getUint8(0);
    case 'bool':
      return view.getUint8(0) !== 0;
    default:
      return null; // a half-precision scalar: nothing reads one
  }
}
