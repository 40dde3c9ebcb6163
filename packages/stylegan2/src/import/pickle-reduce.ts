import { quote } from '@autodrag/nn';
import { fillArray, type PickleContext, readSizes, toBytes } from './pickle-build.js';
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
  PickleObject,
  PickleOpaque,
  PickleSet,
  PickleStorage,
  PickleTensor,
  PickleTuple,
  type PickleValue,
} from './pickle-values.js';

/** What a REDUCE that names `callee` gives: what Python would call becomes data. */
export function reducePickle(callee: PickleGlobal, args: readonly PickleValue[], context: PickleContext): PickleValue {
  const { role } = callee;
  const name = `${callee.module}.${callee.name}`;
  if (typeof role === 'string') {
    const make = REDUCERS[role];
    if (make === undefined) throw context.malformed(`${name} stands for a class and is not called`);
    return make(args, name, context, callee);
  }
  if ('odd' in role) return new PickleOpaque(role.odd);
  throw context.malformed(`${name} stands for a class and is not called`);
}

type Reducer = (
  args: readonly PickleValue[],
  name: string,
  context: PickleContext,
  callee: PickleGlobal,
) => PickleValue;

const REDUCERS: Readonly<Record<string, Reducer>> = {
  'persistent-module': persistentModule,
  'torch-module': (_, __, context, callee) => new PickleModule(callee.name, context.dict()),
  parameter: ([tensor], name, { malformed }) => {
    if (tensor instanceof PickleTensor || tensor instanceof PickleOpaque) return tensor;
    throw malformed(`${name} takes a tensor`, describeValue(tensor));
  },
  tensor: (args, name, context) => (isFlipped(args[6]) ? FLIPPED : tensor(args, name, context)),
  'tensor-of-type': (args, name, context) => {
    const dtype = args[6];
    const role = dtype instanceof PickleGlobal ? dtype.role : null;
    if (role === null || typeof role !== 'object' || !('dtype' in role)) {
      throw context.malformed(`${name} takes a dtype`, describeValue(dtype));
    }
    if (isFlipped(args[7])) return FLIPPED;
    const { storage, offset, shape, strides } = tensor(args, name, context);
    return new PickleTensor(storage, offset, shape, strides, role.dtype);
  },
  'tensor-of-class': ([inner, ...rest], name, context) => {
    // (function, class, arguments, state): the class of a tensor does not change its numbers.
    const inside = rest.find((item) => item instanceof PickleTuple);
    if (!(inner instanceof PickleGlobal) || !(inside instanceof PickleTuple) || !makesTensors(inner)) {
      throw context.malformed(`${name} takes a function that makes a tensor`, describeValue(inner));
    }
    return reducePickle(inner, inside.items, context);
  },
  'tensor-from-numpy': ([array], name, context) => {
    if (!(array instanceof PickleArray)) throw context.malformed(`${name} takes an array`, describeValue(array));
    const strides = denseStrides(array.shape, array.fortranOrder);
    return new PickleTensor(array, 0, array.shape, strides);
  },
  'tensor-from-cpu': ([inner], name, { malformed }) => {
    if (inner instanceof PickleTensor || inner instanceof PickleOpaque) return inner;
    throw malformed(`${name} takes a tensor`, describeValue(inner));
  },
  'storage-from-bytes': ([bytes], _, context) => new PickleStorage({ kind: 'blob', bytes: toBytes(bytes, context) }),
  'dict-class': dictOf,
  set: ([items], name, { malformed }) => {
    const set = new PickleSet();
    if (items instanceof PickleList || items instanceof PickleTuple) set.count = items.items.length;
    else if (items !== undefined) throw malformed(`${name} takes a list`, describeValue(items));
    return set;
  },
  list: ([items], name, { malformed, budget, at }) => {
    const list = new PickleList();
    if (items === undefined) return list;
    if (!(items instanceof PickleList || items instanceof PickleTuple)) {
      throw malformed(`${name} takes a list`, describeValue(items));
    }
    budget.charge(96 + 24 * items.items.length, at);
    for (const item of items.items) list.items.push(item);
    return list;
  },
  tuple: ([items], name, { malformed }) => {
    if (!(items instanceof PickleTuple)) throw malformed(`${name} takes a tuple`, describeValue(items));
    return items;
  },
  bytes: (args, name, context) => encoded(args[0] ?? '', args[1], name, context),
  encode: (args, name, context) => encoded(args[0], args[1], name, context),
  'numpy-dtype': ([spelled], name, { malformed }) => {
    if (typeof spelled !== 'string') throw malformed(`${name} is spelled out`, describeValue(spelled));
    return new PickleDtype(NUMPY_TYPES[spelled.replace(/^[<=|>]/, '')] ?? null, spelled.slice(0, 40));
  },
  'numpy-scalar': ([dtype, data], name, context) => {
    if (!(dtype instanceof PickleDtype)) throw context.malformed(`${name} takes a dtype`, describeValue(dtype));
    if (dtype.type === null) return new PickleOpaque(`a NumPy scalar of ${quote(dtype.spelled)}`);
    const { inline } = toBytes(data, context);
    if (inline === null || inline.length !== ELEMENT_BYTES[dtype.type]) {
      throw context.malformed(`${name} takes the bytes of one ${dtype.type}`, describeValue(data));
    }
    return readScalar(inlineBytes(inline), dtype);
  },
  'numpy-reconstruct': ([type, shape], name, context) => {
    if (!(type instanceof PickleGlobal) || type.role !== 'numpy-ndarray') {
      throw context.malformed(`${name} takes numpy.ndarray`, describeValue(type));
    }
    readSizes(shape, context);
    return new PickleArray();
  },
  'numpy-frombuffer': ([data, dtype, shape, order], name, context) => {
    if (!(dtype instanceof PickleDtype) || !(shape instanceof PickleTuple) || (order !== 'C' && order !== 'F')) {
      throw context.malformed(`${name} takes (buffer, dtype, shape, order)`);
    }
    const array = new PickleArray();
    fillArray(array, shape, dtype, order === 'F', data, context);
    return array;
  },
  'object-class': (_, __, ___, callee) => new PickleObject(callee),
  opaque: (_, name) => new PickleOpaque(`an object of ${name}`),
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
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

function persistentModule(
  [meta]: readonly PickleValue[],
  name: string,
  { malformed, dict }: PickleContext,
): PickleModule {
  if (!(meta instanceof PickleDict)) throw malformed(`${name} takes a dict`, describeValue(meta));
  const className = meta.get('class_name');
  const state = meta.get('state');
  if (meta.get('type') !== 'class' || typeof className !== 'string') {
    throw malformed(`${name} describes a class by its class_name`, describeValue(className));
  }
  // A class that keeps no state of its own (a helper object) has state None.
  if (state !== null && !(state instanceof PickleDict)) {
    throw malformed(`${name}: the state of ${quote(className)} is a dict`, describeValue(state));
  }
  return new PickleModule(className, state ?? dict());
}

const FLIPPED = new PickleOpaque('a tensor that is stored negated or conjugated');

/** Lazy views of PyTorch, by the metadata of a tensor. */
function isFlipped(metadata: PickleValue | undefined): boolean {
  return metadata instanceof PickleDict && (metadata.get('neg') === true || metadata.get('conj') === true);
}

function makesTensors({ role }: PickleGlobal): boolean {
  if (typeof role !== 'string') return typeof role === 'object' && 'odd' in role;
  return ['parameter', 'tensor', 'tensor-of-type', 'tensor-from-numpy', 'tensor-from-cpu'].includes(role);
}

function tensor(
  [storage, offset, shape, strides]: readonly PickleValue[],
  name: string,
  context: PickleContext,
): PickleTensor {
  const { budget, malformed, at } = context;
  if (!(storage instanceof PickleStorage)) throw malformed(`${name} takes a storage`, describeValue(storage));
  if (typeof offset !== 'number' || !Number.isInteger(offset) || offset < 0) {
    throw malformed(`${name}: the offset is a non-negative integer`, describeValue(offset));
  }
  budget.charge(256, at);
  const sizes = readSizes(shape, context);
  const steps = readSizes(strides, context);
  if (sizes.length !== steps.length) {
    throw malformed(`${name}: shape and stride have one length`, `${sizes.length} and ${steps.length}`);
  }
  return new PickleTensor(storage, offset, sizes, steps);
}

function denseStrides(shape: readonly number[], fortranOrder: boolean): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = 0; i < shape.length; i++) {
    const axis = fortranOrder ? i : shape.length - 1 - i;
    strides[axis] = step;
    step *= shape[axis] as number;
  }
  return strides;
}

function dictOf(
  args: readonly PickleValue[],
  name: string,
  { malformed, dict, budget, at }: PickleContext,
): PickleDict {
  const result = dict();
  // defaultdict takes a class that makes its defaults, and then perhaps entries.
  const entries = args.find((arg) => arg !== null && !(arg instanceof PickleGlobal || arg instanceof PickleOpaque));
  if (entries === undefined) return result;
  if (entries instanceof PickleDict) {
    result.entries = entries.entries;
    return result;
  }
  // Python 2 passes the items at once: a list of two-element lists.
  if (!(entries instanceof PickleList)) throw malformed(`${name} takes a list of pairs`, describeValue(entries));
  budget.charge(240 + entries.items.length * 64, at);
  result.entries = new Map();
  for (const pair of entries.items) {
    const items = pair instanceof PickleList || pair instanceof PickleTuple ? pair.items : [];
    if (items.length !== 2) throw malformed(`${name} takes a list of pairs`, describeValue(pair));
    result.entries.set(items[0] as PickleValue, items[1] as PickleValue);
  }
  return result;
}

function encoded(
  value: PickleValue | undefined,
  encoding: PickleValue | undefined,
  name: string,
  context: PickleContext,
): PickleValue {
  if (encoding !== undefined && encoding !== 'latin1' && encoding !== 'latin-1') {
    throw context.malformed(`${name}: bytes are written as latin1`, describeValue(encoding));
  }
  if (typeof value === 'string') context.budget.charge(128 + value.length, context.at);
  return toBytes(value, context);
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
    case 'uint64':
      return Number(view.getBigUint64(0, littleEndian));
    case 'int32':
      return view.getInt32(0, littleEndian);
    case 'uint32':
      return view.getUint32(0, littleEndian);
    case 'int16':
      return view.getInt16(0, littleEndian);
    case 'uint16':
      return view.getUint16(0, littleEndian);
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
