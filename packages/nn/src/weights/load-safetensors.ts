import { createTurns, type Turns } from '../async/turns.js';
import { WeightFileError } from '../errors/errors.js';
import { printable } from '../errors/printable.js';
import { decodeFloat16 } from './float16.js';
import { readSafetensorsHeader, type SafetensorsEntry } from './read-safetensors-header.js';
import { SAFETENSORS_LIMITS } from './safetensors-limits.js';
import type { StoredDtype } from './stored-dtypes.js';

/**
 * One tensor of a file. `dtype` is that of the file; `data` is what tfjs takes: `Float32Array` for float16, bfloat16,
 * float32 and float64 (rounded), `Int32Array` for integers (beyond 32 bits the file is refused), `Uint8Array` of 0 and
 * 1 for bool.
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
  /** Stops the reading; what is thrown then is the signal's reason. */
  signal?: AbortSignal;
};

const where = 'loadSafetensors';
/** So many bytes or numbers are worked on before others get their turn. */
const AT_ONCE = 1 << 20;

/**
 * Reads a safetensors file: eight bytes of header length, a JSON header, raw little-endian data. Nothing in the bytes
 * is trusted: see `readSafetensorsHeader`. It lets the event loop turn while it works, so that `signal` stops it at any
 * time.
 *
 * @param bytes the whole file; not kept
 * @throws WeightFileError that says what is wrong and what to do
 */
export async function loadSafetensors(
  bytes: Uint8Array,
  { maxHeaderBytes = SAFETENSORS_LIMITS.headerBytes, signal }: LoadSafetensorsOptions = {},
): Promise<LoadedSafetensors> {
  signal?.throwIfAborted();
  const turns = createTurns({ signal });
  const headerBytes = readHeaderLength(bytes, maxHeaderBytes);
  const data = bytes.subarray(8 + headerBytes);
  const { entries, metadata } = await readSafetensorsHeader(bytes.subarray(8, 8 + headerBytes), data.length, {
    where,
    turns,
  });
  const tensors: [string, LoadedTensor][] = [];
  for (const entry of entries) {
    const raw = await copy(data, entry, turns);
    const { name, dtype, shape } = entry;
    tensors.push([name, { dtype, shape: [...shape], data: await decode(entry, raw, turns) }]);
  }
  return { tensors: Object.fromEntries(tensors), metadata: { ...metadata } };
}

function readHeaderLength(bytes: Uint8Array, maxHeaderBytes: number): number {
  if (!(bytes instanceof Uint8Array)) fail(`expected the bytes of a file, got ${typeof bytes}`, 'Pass a Uint8Array.');
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
  return length;
}

/** The bytes of one tensor, aligned whatever their offset in the file. */
async function copy(data: Uint8Array, { begin, end }: SafetensorsEntry, turns: Turns): Promise<ArrayBuffer> {
  const result = new Uint8Array(end - begin);
  for (let at = begin; at < end; at += AT_ONCE) {
    if (turns.due()) await turns.take();
    result.set(data.subarray(at, Math.min(end, at + AT_ONCE)), at - begin);
  }
  return result.buffer;
}

async function decode(entry: SafetensorsEntry, raw: ArrayBuffer, turns: Turns): Promise<LoadedTensor['data']> {
  const { dtype, count, name } = entry;
  if (dtype === 'float32') return new Float32Array(raw);
  if (dtype === 'int32') return new Int32Array(raw);
  const convert = CONVERTERS[dtype](raw, name);
  for (let from = 0; from < count; from += AT_ONCE) {
    if (turns.due()) await turns.take();
    convert.part(from, Math.min(count, from + AT_ONCE));
  }
  return convert.result;
}

/** A conversion that is done part by part. */
type Conversion = {
  readonly result: LoadedTensor['data'];
  part(from: number, to: number): void;
};

const CONVERTERS: Readonly<
  Record<Exclude<StoredDtype, 'float32' | 'int32'>, (raw: ArrayBuffer, name: string) => Conversion>
> = {
  float64: (raw) => same(new Float64Array(raw), Float32Array),
  float16(raw) {
    const bits = new Uint16Array(raw);
    const result = new Float32Array(bits.length);
    return { result, part: (from, to) => result.set(decodeFloat16(bits.subarray(from, to)), from) };
  },
  bfloat16(raw) {
    const halves = new Uint16Array(raw);
    const words = new Uint32Array(halves.length);
    return {
      result: new Float32Array(words.buffer),
      part(from, to) {
        for (let i = from; i < to; i++) words[i] = halves[i]! << 16;
      },
    };
  },
  int8: (raw) => same(new Int8Array(raw), Int32Array),
  uint8: (raw) => same(new Uint8Array(raw), Int32Array),
  int16: (raw) => same(new Int16Array(raw), Int32Array),
  uint16: (raw) => same(new Uint16Array(raw), Int32Array),
  uint32: (raw, name) => narrow(new Uint32Array(raw), name),
  int64: (raw, name) => narrow(new BigInt64Array(raw), name),
  uint64: (raw, name) => narrow(new BigUint64Array(raw), name),
  bool(raw, name) {
    const result = new Uint8Array(raw);
    return {
      result,
      part(from, to) {
        const bad = result.subarray(from, to).find((flag) => flag > 1);
        if (bad !== undefined) fail(`tensor "${printable(name)}": ${bad} is no BOOL`, 'Export the file again.');
      },
    };
  },
};

function same(
  values: Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array,
  Result: Float32ArrayConstructor | Int32ArrayConstructor,
): Conversion {
  const result = new Result(values.length);
  return { result, part: (from, to) => result.set(values.subarray(from, to), from) };
}

function narrow(values: Uint32Array | BigInt64Array | BigUint64Array, name: string): Conversion {
  const result = new Int32Array(values.length);
  return {
    result,
    part(from, to) {
      for (let i = from; i < to; i++) {
        const value = Number(values[i]!);
        if (value !== (value | 0)) {
          fail(
            `tensor "${printable(name)}": ${values[i]} does not fit into 32 bits`,
            'Convert the tensor to F32 or I32.',
          );
        }
        result[i] = value;
      }
    },
  };
}

function fail(what: string, wayOut: string): never {
  throw new WeightFileError(`${where}: ${what}. ${wayOut}`);
}
