import { WeightFileError } from '../errors/errors.js';
import { decodeFloat16 } from './float16.js';
import { type Json, parseStrictJson } from './parse-strict-json.js';

/** How numbers are stored in the file. `int64` and `float64` are narrowed on reading: see `LoadedTensor`. */
export type StoredDtype =
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'float64'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool';

/**
 * One tensor of a file. `dtype` is that of the file; `data` is what tfjs takes: `Float32Array` for float16, bfloat16,
 * float32 and float64 (rounded), `Int32Array` for integers (beyond 32 bits the file is refused), `Uint8Array` of 0 and 1 for bool.
 */
export type LoadedTensor = {
  readonly dtype: StoredDtype;
  readonly shape: number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
};

export type LoadedSafetensors = {
  readonly tensors: Record<string, LoadedTensor>;
  readonly metadata: Record<string, string>;
};

export type LoadSafetensorsOptions = {
  /** Longest header accepted, in bytes. @default 100 MB, as the reference implementation */
  maxHeaderBytes?: number;
};

const dtypes: ReadonlyMap<string, { dtype: StoredDtype; bytes: number }> = new Map([
  ['F64', { dtype: 'float64', bytes: 8 }],
  ['F32', { dtype: 'float32', bytes: 4 }],
  ['F16', { dtype: 'float16', bytes: 2 }],
  ['BF16', { dtype: 'bfloat16', bytes: 2 }],
  ['I64', { dtype: 'int64', bytes: 8 }],
  ['U64', { dtype: 'uint64', bytes: 8 }],
  ['I32', { dtype: 'int32', bytes: 4 }],
  ['U32', { dtype: 'uint32', bytes: 4 }],
  ['I16', { dtype: 'int16', bytes: 2 }],
  ['U16', { dtype: 'uint16', bytes: 2 }],
  ['I8', { dtype: 'int8', bytes: 1 }],
  ['U8', { dtype: 'uint8', bytes: 1 }],
  ['BOOL', { dtype: 'bool', bytes: 1 }],
]);

const where = 'loadSafetensors';

type Entry = {
  name: string;
  dtype: StoredDtype;
  bytes: number;
  shape: number[];
  count: number;
  begin: number;
  end: number;
};

/**
 * Reads a safetensors file: eight bytes of header length, a JSON header, raw little-endian data. Nothing in the bytes is
 * trusted: lengths, names, types, shapes and ranges are checked before anything is allocated, and the ranges must cover
 * the data exactly, without gap or overlap.
 *
 * @param bytes the whole file
 * @throws WeightFileError that says what is wrong and what to do
 */
export function loadSafetensors(
  bytes: Uint8Array,
  { maxHeaderBytes = 100_000_000 }: LoadSafetensorsOptions = {},
): LoadedSafetensors {
  const { header, dataStart } = readHeader(bytes, maxHeaderBytes);
  const dataBytes = bytes.length - dataStart;
  const entries: Entry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of header) {
    if (name === '__metadata__') metadata = readMetadata(value);
    else entries.push(readEntry(name, value, dataBytes));
  }
  checkCoverage(entries, dataBytes);
  const tensors = Object.fromEntries(
    entries.map(({ name, dtype, shape, count, begin, end }) => {
      // A copy, aligned whatever the offset in the file. Not by `bytes.slice`, which for a Buffer of Node is a view.
      const raw = new Uint8Array(bytes.subarray(dataStart + begin, dataStart + end)).buffer;
      return [name, { dtype, shape, data: decode(dtype, raw, count, name) }];
    }),
  );
  return { tensors, metadata };
}

function readHeader(bytes: Uint8Array, maxHeaderBytes: number): { header: Map<string, Json>; dataStart: number } {
  if (bytes.length < 8) {
    fail(`the file has ${bytes.length} bytes, fewer than the 8 of the header length`, 'Download it again.');
  }
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > maxHeaderBytes) {
    fail(
      `the header claims ${length} bytes, more than ${maxHeaderBytes}`,
      'Check that the file is a safetensors file.',
    );
  }
  if (length > bytes.length - 8) {
    fail(`the header claims ${length} bytes, but only ${bytes.length - 8} follow`, 'Download the file again.');
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, 8 + length));
  } catch (error) {
    throw new WeightFileError(`${where}: the header is no valid UTF-8. Check that the file is a safetensors file.`, {
      cause: error,
    });
  }
  if (!text.startsWith('{')) fail("the header does not begin with '{'", 'Check that the file is a safetensors file.');
  return { header: parseStrictJson(text, where) as Map<string, Json>, dataStart: 8 + length };
}

function readMetadata(value: Json): Record<string, string> {
  if (!(value instanceof Map)) return fail('__metadata__ is no object', 'Export the file again.');
  return Object.fromEntries(
    [...value].map(([key, entry]) => {
      if (typeof entry !== 'string') return fail(`__metadata__.${quote(key)} is no string`, 'Export the file again.');
      return [key, entry];
    }),
  );
}

function readEntry(name: string, value: Json, dataBytes: number): Entry {
  const tensor = `tensor ${quote(name)}`;
  if (!(value instanceof Map)) return fail(`${tensor}: its entry is no object`, 'Export the file again.');
  for (const key of value.keys()) {
    if (key !== 'dtype' && key !== 'shape' && key !== 'data_offsets') {
      fail(`${tensor}: unknown field ${quote(key)}`, 'Export the file again.');
    }
  }
  const kind = value.get('dtype');
  const known = typeof kind === 'string' ? dtypes.get(kind) : undefined;
  if (known === undefined) {
    const got = typeof kind === 'string' ? quote(kind) : 'none';
    return fail(
      `${tensor}: dtype: expected one of ${[...dtypes.keys()].join(', ')}, got ${got}`,
      'Convert it to F32 or F16.',
    );
  }
  const shape = value.get('shape');
  if (!isSizes(shape) || shape.length > 16) {
    return fail(`${tensor}: shape: expected at most 16 non-negative integers`, 'Export the file again.');
  }
  let count = 1;
  for (const size of shape) {
    count *= size;
    if (!Number.isSafeInteger(count * known.bytes)) {
      fail(`${tensor}: shape [${shape.join(', ')}] overflows`, 'Export the file again.');
    }
  }
  const offsets = value.get('data_offsets');
  if (!isSizes(offsets) || offsets.length !== 2) {
    return fail(`${tensor}: data_offsets: expected two non-negative integers`, 'Export the file again.');
  }
  const [begin, end] = offsets as [number, number];
  if (begin > end || end > dataBytes) {
    fail(
      `${tensor}: its range ${begin}…${end} is outside of the ${dataBytes} bytes of data`,
      'Download the file again.',
    );
  }
  if (end - begin !== count * known.bytes) {
    fail(
      `${tensor}: shape [${shape.join(', ')}] of ${String(kind)} needs ${count * known.bytes} bytes, its range has ${end - begin}`,
      'Export the file again.',
    );
  }
  return { name, ...known, shape, count, begin, end };
}

function isSizes(value: Json | undefined): value is number[] {
  return (
    Array.isArray(value) && value.every((size) => typeof size === 'number' && Number.isSafeInteger(size) && size >= 0)
  );
}

/** Ranges sorted by where they begin must touch each other and both ends. */
function checkCoverage(entries: readonly Entry[], dataBytes: number): void {
  const sorted = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let reached = 0;
  for (const { name, begin, end } of sorted) {
    if (begin < reached) fail(`tensor ${quote(name)} overlaps another one at byte ${begin}`, 'Export the file again.');
    if (begin > reached) fail(`bytes ${reached}…${begin} of the data belong to no tensor`, 'Export the file again.');
    reached = end;
  }
  if (reached !== dataBytes) {
    fail(`${dataBytes - reached} bytes follow the last tensor`, 'Export the file again.');
  }
}

function decode(dtype: StoredDtype, raw: ArrayBuffer, count: number, name: string): LoadedTensor['data'] {
  switch (dtype) {
    case 'float32':
      return new Float32Array(raw);
    case 'float64':
      return Float32Array.from(new Float64Array(raw));
    case 'float16':
      return decodeFloat16(new Uint16Array(raw));
    case 'bfloat16': {
      const halves = new Uint16Array(raw);
      const words = new Uint32Array(count);
      for (let i = 0; i < count; i++) words[i] = halves[i]! << 16;
      return new Float32Array(words.buffer);
    }
    case 'int32':
      return new Int32Array(raw);
    case 'int8':
      return Int32Array.from(new Int8Array(raw));
    case 'uint8':
      return Int32Array.from(new Uint8Array(raw));
    case 'int16':
      return Int32Array.from(new Int16Array(raw));
    case 'uint16':
      return Int32Array.from(new Uint16Array(raw));
    case 'uint32':
      return narrow(new Uint32Array(raw), name);
    case 'int64':
      return narrow(new BigInt64Array(raw), name);
    case 'uint64':
      return narrow(new BigUint64Array(raw), name);
    case 'bool': {
      const flags = new Uint8Array(raw);
      const bad = flags.find((flag) => flag > 1);
      if (bad !== undefined) return fail(`tensor ${quote(name)}: ${bad} is no BOOL`, 'Export the file again.');
      return flags;
    }
  }
}

function narrow(values: Uint32Array | BigInt64Array | BigUint64Array, name: string): Int32Array {
  const result = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]!);
    if (value !== (value | 0)) {
      fail(`tensor ${quote(name)}: ${values[i]} does not fit into 32 bits`, 'Convert the tensor to F32 or I32.');
    }
    result[i] = value;
  }
  return result;
}

/** A name as it may appear in a message: quoted, and not endless. */
function quote(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}

function fail(what: string, wayOut: string): never {
  throw new WeightFileError(`${where}: ${what}. ${wayOut}`);
}
