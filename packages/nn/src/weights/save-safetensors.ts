import * as tf from '@tensorflow/tfjs-core';
import { InvalidArgumentError } from '../errors/errors.js';
import { printable, quote } from '../errors/printable.js';
import { encodeFloat16 } from './float16.js';
import { SAFETENSORS_LIMITS as LIMITS } from './safetensors-limits.js';

/**
 * A tensor on the host, as `loadSafetensors` returns it. `dtype` names the kind of `data`, not of the file to be
 * written.
 */
export type HostTensor = {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
};

export type SaveSafetensorsOptions = {
  /** How floats are stored, for all or by name. Integers and booleans keep their type. @default 'float32' */
  dtype?: 'float32' | 'float16' | ((name: string) => 'float32' | 'float16');
  /**
   * Refuses NaN and infinities, as `loadModelFile` does on reading: for the weights of models.
   * @default false
   */
  finite?: boolean;
  /** Strings to store beside the tensors. */
  metadata?: Readonly<Record<string, string>>;
};

/**
 * Writes a safetensors file. The same tensors give the same bytes: entries are ordered by element size, then by name,
 * so that every tensor is aligned. float16 is rounded to nearest, ties to even.
 *
 * What is written can be read, by `loadSafetensors` and by the reference implementation: anything else is refused here.
 *
 * @param tensors by name; tfjs tensors (float32, int32, bool) or arrays on the host
 * @returns the whole file
 * @throws InvalidArgumentError if data and shape disagree, a name, shape, type or value cannot be stored, or a number
 * is too
 *   large for float16
 */
export async function saveSafetensors(
  tensors: Readonly<Record<string, tf.Tensor | HostTensor>>,
  { dtype = 'float32', finite = false, metadata }: SaveSafetensorsOptions = {},
): Promise<Uint8Array> {
  if (typeof tensors !== 'object' || tensors === null) refuse(`expected tensors by name, got ${printable(tensors)}`);
  const names = Object.keys(tensors);
  if (names.length > LIMITS.tensors) {
    refuse(`${names.length} tensors are too many for one file (at most ${LIMITS.tensors}). Write several files`);
  }
  const stored = metadata === undefined ? [] : checkMetadata(metadata);
  const entries = await Promise.all(names.map((name) => encodeEntry(name, tensors[name]!, dtype, finite)));
  entries.sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1));

  const json = writeHeader(entries, stored);
  const headerLength = Math.ceil(json.length / 8) * 8;
  if (headerLength > LIMITS.headerBytes) {
    refuse(`the header would have ${headerLength} bytes (at most ${LIMITS.headerBytes}). Store less in metadata`);
  }
  const dataLength = entries.reduce((sum, { raw }) => sum + raw.byteLength, 0);
  const file = new Uint8Array(8 + headerLength + dataLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.fill(0x20, 8, 8 + headerLength);
  file.set(json, 8);
  let at = 8 + headerLength;
  for (const { raw } of entries) {
    file.set(new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength), at);
    at += raw.byteLength;
  }
  return file;
}

type Encoded = { kind: string; size: number; raw: Float32Array | Uint16Array | Int32Array | Uint8Array };
type Entry = Encoded & { name: string; shape: number[] };

/** Written by hand: an object literal would move names that look like numbers to the front, and lose '__proto__'. */
function writeHeader(entries: readonly Entry[], metadata: readonly (readonly [string, string])[]): Uint8Array {
  const members: string[] = [];
  if (metadata.length > 0) {
    const strings = metadata.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
    members.push(`"__metadata__":{${strings.join(',')}}`);
  }
  let offset = 0;
  for (const { name, kind, shape, raw } of entries) {
    const field = { dtype: kind, shape, data_offsets: [offset, offset + raw.byteLength] };
    offset += raw.byteLength;
    members.push(`${JSON.stringify(name)}:${JSON.stringify(field)}`);
  }
  return new TextEncoder().encode(`{${members.join(',')}}`);
}

async function encodeEntry(
  name: string,
  tensor: tf.Tensor | HostTensor,
  dtype: SaveSafetensorsOptions['dtype'],
  finite: boolean,
): Promise<Entry> {
  if (name === '__metadata__') refuse("'__metadata__' is reserved. Give the tensor another name");
  checkText(name, `the name ${quote(name)}`, LIMITS.nameBytes);
  const where = printable(name);
  if (typeof tensor !== 'object' || tensor === null) refuse(`${where}: expected a tensor, got ${printable(tensor)}`);
  if (tensor instanceof tf.Tensor && tensor.isDisposed) refuse(`${where}: the tensor is disposed`);
  const shape = checkShape(where, tensor.shape);
  const data = tensor instanceof tf.Tensor ? await tensor.data() : tensor.data;
  const encoded = encode(where, tensor.dtype, data as HostTensor['data'], dtypeFor(name, dtype));
  const expected = shape.reduce((product, size) => product * size, 1);
  if (data.length !== expected) {
    refuse(`${where}: shape [${shape.join(', ')}] needs ${expected} numbers, got ${data.length}`);
  }
  if (finite) checkFinite(where, data as HostTensor['data']);
  return { name, shape, ...encoded };
}

function checkFinite(where: string, data: HostTensor['data']): void {
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i]))
      refuse(`${where}: a number that is not finite: ${data[i]} at ${i}. Nothing reads it`);
  }
}

function dtypeFor(name: string, dtype: SaveSafetensorsOptions['dtype']): 'float32' | 'float16' {
  const wanted = typeof dtype === 'function' ? dtype(name) : dtype;
  if (wanted !== 'float32' && wanted !== 'float16') {
    return refuse(`dtype: expected 'float32' or 'float16', got ${quote(wanted)} for ${quote(name)}`);
  }
  return wanted;
}

function checkShape(where: string, shape: readonly number[]): number[] {
  if (!Array.isArray(shape)) return refuse(`${where}: shape: expected a list of sizes, got ${printable(shape)}`);
  const sizes = Array.from(shape as number[]); // a hole becomes undefined
  const listed = `[${printable(sizes.slice(0, 20).join(', '))}${sizes.length > 20 ? ', …' : ''}]`;
  if (sizes.length > LIMITS.rank) {
    refuse(`${where}: shape: expected at most ${LIMITS.rank} axes, got ${sizes.length}. Reshape the tensor`);
  }
  if (!sizes.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    refuse(`${where}: shape: expected non-negative integers, got ${listed}`);
  }
  // Sizes of zero do not make the others small: readers multiply them in any order. Eight bytes is the longest number.
  if (!Number.isSafeInteger(sizes.reduce((product, size) => product * Math.max(1, size), 8))) {
    refuse(`${where}: shape ${listed} overflows`);
  }
  return sizes.map((size) => size + 0); // −0 becomes 0
}

function checkMetadata(metadata: Readonly<Record<string, string>>): [string, string][] {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    refuse(`metadata: expected strings by name, got ${printable(metadata)}`);
  }
  const entries = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length > LIMITS.metadataEntries) {
    refuse(`metadata: expected at most ${LIMITS.metadataEntries} entries, got ${entries.length}`);
  }
  for (const [key, value] of entries) {
    if (typeof value !== 'string') {
      refuse(`metadata.${printable(key)}: expected a string, got ${typeof value}. Use JSON.stringify`);
    }
    checkText(key, `metadata: the name ${quote(key)}`, LIMITS.nameBytes);
    checkText(value, `metadata.${printable(key)}`, LIMITS.metadataBytes);
  }
  return entries;
}

/** Text that JSON can carry to any reader. Lengths are those of the escaped text, as readers see it. */
function checkText(text: string, where: string, longest: number): void {
  if (/\p{Cs}/u.test(text)) refuse(`${where} holds half a surrogate pair, which UTF-8 cannot carry`);
  if (6 * text.length > longest && new TextEncoder().encode(JSON.stringify(text)).length - 2 > longest) {
    refuse(`${where} is longer than ${longest} bytes`);
  }
}

const HOST_KINDS: Readonly<Record<string, RegExp>> = {
  Float32Array: /^(float32|float16|bfloat16|float64)$/,
  Int32Array: /^u?int(8|16|32|64)$/,
  Uint8Array: /^(bool|uint8)$/,
};

function encode(where: string, dtype: string, data: HostTensor['data'], wanted: 'float32' | 'float16'): Encoded {
  const kind =
    data instanceof Float32Array
      ? 'Float32Array'
      : data instanceof Int32Array
        ? 'Int32Array'
        : data instanceof Uint8Array
          ? 'Uint8Array'
          : null;
  if (kind === null) return refuse(`${where}: cannot store ${printable(dtype)}. Convert it to float32 or int32`);
  if (!HOST_KINDS[kind]!.test(dtype)) {
    return refuse(`${where}: dtype: a ${kind} cannot hold ${printable(dtype)}. Name what the data are`);
  }
  if (data instanceof Int32Array) return { kind: 'I32', size: 4, raw: data };
  if (data instanceof Uint8Array) {
    if (dtype === 'uint8') return { kind: 'U8', size: 1, raw: data };
    const odd = data.findIndex((flag) => flag > 1);
    if (odd >= 0) refuse(`${where}: a bool is 0 or 1, got ${data[odd]} at ${odd}`);
    return { kind: 'BOOL', size: 1, raw: data };
  }
  return wanted === 'float32' ? { kind: 'F32', size: 4, raw: data } : encodeHalf(where, data);
}

function encodeHalf(where: string, data: Float32Array): Encoded {
  const raw = encodeFloat16(data);
  for (let i = 0; i < raw.length; i++) {
    if ((raw[i]! & 0x7fff) === 0x7c00 && Number.isFinite(data[i]!)) {
      refuse(`${where}: ${data[i]} is too large for float16 (at most 65504). Store this tensor as float32`);
    }
  }
  return { kind: 'F16', size: 2, raw };
}

function refuse(what: string): never {
  throw new InvalidArgumentError(`saveSafetensors: ${what}.`);
}
