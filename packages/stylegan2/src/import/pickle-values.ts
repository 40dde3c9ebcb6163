import type { ByteSource } from './byte-source.js';

/** Element types that a checkpoint's storages and arrays have. */
export type ElementType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint8'
  | 'bool';

export const ELEMENT_BYTES: Readonly<Record<ElementType, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
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

  keys(): string[] {
    return [...(this.entries?.keys() ?? [])].filter((key): key is string => typeof key === 'string');
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
  | 'parameter'
  | 'tensor'
  | 'storage-from-bytes'
  | { storage: ElementType }
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
  | 'object-class';

/** An instance of a class from the closed list that stays plain data: a TensorFlow `Network`, `argparse.Namespace`. */
export class PickleObject {
  state: PickleValue = null;
  constructor(readonly type: PickleGlobal) {}
}

/** A module of the NVIDIA repositories' persistence layer. Its program text is ignored. */
export class PickleModule {
  constructor(
    readonly className: string,
    readonly state: PickleDict,
  ) {}
}

/** Where a storage's elements lie: a nested stream of its own, or a key into a table of the archive. */
export class PickleStorage {
  constructor(
    readonly location:
      | { kind: 'blob'; bytes: PickleBytes }
      | { kind: 'key'; key: string; type: ElementType; count: number },
  ) {}
}

export class PickleTensor {
  constructor(
    readonly storage: PickleStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

export class PickleDtype {
  littleEndian = true;
  constructor(readonly type: ElementType) {}
}

/** A NumPy array: first reconstructed empty, then given its state. */
export class PickleArray {
  shape: readonly number[] = [0];
  type: ElementType | null = null;
  fortranOrder = false;
  data: PickleBytes | null = null;
}

/** How a value is called in a message. */
export function describeValue(value: PickleValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (typeof value === 'string') return 'a string';
  if (typeof value !== 'object') return `the ${typeof value} ${String(value).slice(0, 40)}`;
  if (value instanceof PickleModule) return `a module of class ${value.className}`;
  if (value instanceof PickleGlobal) return `the global ${value.module}.${value.name}`;
  if (value instanceof PickleObject) return `an object of class ${value.type.module}.${value.type.name}`;
  return `a ${value.constructor.name.replace(/^Pickle/, '').toLowerCase()}`;
}
