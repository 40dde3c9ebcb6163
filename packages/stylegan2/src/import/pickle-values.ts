import { printable } from '@autodrag/nn';
import type { ByteSource } from './byte-source.js';

/** Element types of storages and arrays that can be read. */
export type ElementType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint64'
  | 'uint32'
  | 'uint16'
  | 'uint8'
  | 'bool';

/**
 * Those of which only the size is known: a file may hold them beside the generator. `untyped` bytes get their type from
 * the tensor.
 */
export type OddType =
  | 'untyped'
  | 'complex32'
  | 'complex64'
  | 'complex128'
  | 'float8_e4m3fn'
  | 'float8_e5m2'
  | 'float8_e4m3fnuz'
  | 'float8_e5m2fnuz'
  | 'float8_e8m0fnu'
  | 'qint8'
  | 'quint8'
  | 'quint4x2'
  | 'quint2x4'
  | 'qint32';

export const ELEMENT_BYTES: Readonly<Record<ElementType | OddType, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  float8_e4m3fn: 1,
  float8_e5m2: 1,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint64: 8,
  uint32: 4,
  uint16: 2,
  uint8: 1,
  bool: 1,
  untyped: 1,
  complex32: 4,
  complex64: 8,
  complex128: 16,
  float8_e4m3fnuz: 1,
  float8_e5m2fnuz: 1,
  float8_e8m0fnu: 1,
  qint8: 1,
  quint8: 1,
  quint4x2: 1,
  quint2x4: 1,
  qint32: 4,
};

/** What a pickle can hold here. Inert data all of it: nothing in this list can be called. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleBytes
  | PickleText
  | PickleList
  | PickleTuple
  | PickleDict
  | PickleSet
  | PickleGlobal
  | PickleObject
  | PickleOpaque
  | PickleModule
  | PickleStorage
  | PickleTensor
  | PickleDtype
  | PickleArray;

/** A bytes object: a range of the file. Never copied, except for a few bytes that the machine itself needs. */
export class PickleBytes {
  constructor(
    readonly source: ByteSource,
    readonly start: number,
    readonly end: number,
    /** `utf8`: the range is UTF-8 text whose code points are the bytes, as protocol 2 writes them. */
    readonly encoding: 'raw' | 'utf8',
    /** The content itself, where it is short: a character for each byte. */
    readonly inline: string | null,
  ) {}
}

/** The bytes that {@link PickleBytes.inline} holds. */
export function inlineBytes(inline: string): Uint8Array {
  return Uint8Array.from(inline, (character) => character.charCodeAt(0));
}

/** A long string (program text, say): a range of the file that is never decoded. */
export class PickleText {
  constructor(
    readonly source: ByteSource,
    readonly start: number,
    readonly end: number,
    readonly encoding: 'utf8' | 'latin1',
  ) {}
}

export class PickleList {
  readonly items: PickleValue[] = [];
}

export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

export class PickleDict {
  /** Created with the first entry: most dicts of a module are empty. */
  entries: Map<PickleValue, PickleValue> | null = null;

  get(key: string): PickleValue | undefined {
    return this.entries?.get(key);
  }

  get size(): number {
    return this.entries?.size ?? 0;
  }

  /** Its first keys that are text: a dict may be as long as the file. */
  keys(most: number): string[] {
    const result: string[] = [];
    for (const key of this.entries?.keys() ?? []) {
      if (result.length === most) break;
      if (typeof key === 'string') result.push(key);
    }
    return result;
  }
}

export class PickleSet {
  count = 0;
}

/** A name from the closed list. */
export class PickleGlobal {
  constructor(
    readonly module: string,
    readonly name: string,
    readonly role: GlobalRole,
  ) {}
}

export type GlobalRole =
  | 'persistent-module'
  | 'torch-module'
  | 'parameter'
  | 'tensor'
  | 'tensor-of-type'
  | 'tensor-of-class'
  | 'tensor-from-numpy'
  | 'tensor-from-cpu'
  | 'storage-from-bytes'
  | { storage: ElementType | OddType }
  | { dtype: ElementType | OddType }
  /** What it makes is a tensor that is not read; the text says what it is. */
  | { odd: string }
  | 'dict-class'
  | 'set'
  | 'list'
  | 'bytes'
  | 'tuple'
  | 'encode'
  | 'numpy-scalar'
  | 'numpy-reconstruct'
  | 'numpy-frombuffer'
  | 'numpy-dtype'
  | 'numpy-ndarray'
  | 'object-class'
  /** Something that files hold beside a generator. Whatever is made of it is dropped. */
  | 'opaque';

/** An instance of a class from the closed list that stays plain data: a TensorFlow `Network`, `argparse.Namespace`. */
export class PickleObject {
  state: PickleValue = null;
  constructor(readonly type: PickleGlobal) {}
}

/**
 * Something of which only its name is kept: a random generator's state, a path, a tensor of a kind that is not read.
 */
export class PickleOpaque {
  constructor(readonly what: string) {}
}

/** A module of PyTorch, pickled by itself or through NVIDIA's persistence layer. Its program text is ignored. */
export class PickleModule {
  constructor(
    readonly className: string,
    public state: PickleDict,
  ) {}
}

/** Where a storage's elements lie: a nested stream of its own, or a key into a table of the archive. */
export class PickleStorage {
  constructor(
    readonly location:
      | { kind: 'blob'; bytes: PickleBytes }
      | { kind: 'key'; key: string; type: ElementType | OddType; count: number },
  ) {}
}

export class PickleTensor {
  constructor(
    readonly storage: PickleStorage | PickleArray,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
    /** For untyped storages; otherwise the storage knows. */
    readonly type: ElementType | OddType | null = null,
  ) {}
}

export class PickleDtype {
  littleEndian = true;
  constructor(
    readonly type: ElementType | OddType | null,
    /** As NumPy spells it. */
    readonly spelled: string,
  ) {}
}

/** A NumPy array: first reconstructed empty, then given its state. */
export class PickleArray {
  shape: readonly number[] = [0];
  type: ElementType | OddType | null = null;
  littleEndian = true;
  /** The type as NumPy spells it. */
  spelled = '';
  fortranOrder = false;
  data: PickleBytes | null = null;
}

/** How a value is called in a message. */
export function describeValue(value: PickleValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (typeof value === 'string') return 'a string';
  if (typeof value !== 'object') return `the ${typeof value} ${printable(value, { longest: 40 })}`;
  if (value instanceof PickleModule) return `a module of class ${printable(value.className)}`;
  if (value instanceof PickleGlobal) return `the global ${printable(`${value.module}.${value.name}`)}`;
  if (value instanceof PickleObject)
    return `an object of class ${printable(`${value.type.module}.${value.type.name}`)}`;
  if (value instanceof PickleOpaque) return printable(value.what);
  for (const [type, name] of NAMES) if (value instanceof type) return name;
  return 'another value';
}

/** Spelled out, for class names do not survive minification. */
const NAMES: readonly (readonly [new (...args: never[]) => object, string])[] = [
  [PickleBytes, 'bytes'],
  [PickleText, 'a long string'],
  [PickleList, 'a list'],
  [PickleTuple, 'a tuple'],
  [PickleDict, 'a dict'],
  [PickleSet, 'a set'],
  [PickleStorage, 'a storage'],
  [PickleTensor, 'a tensor'],
  [PickleDtype, 'a dtype'],
  [PickleArray, 'a NumPy array'],
];
