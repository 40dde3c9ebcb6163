import * as tf from '@tensorflow/tfjs-core';
import { InvalidArgumentError } from '../errors/errors.js';
import { encodeFloat16 } from './float16.js';

/** A tensor on the host, as `loadSafetensors` returns it. `dtype` names the kind of `data`, not of the file to be written. */
export type HostTensor = {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
};

export type SaveSafetensorsOptions = {
  /** How floats are stored, for all or by name. Integers and booleans keep their type. @default 'float32' */
  dtype?: 'float32' | 'float16' | ((name: string) => 'float32' | 'float16');
  /** Strings to store beside the tensors. */
  metadata?: Readonly<Record<string, string>>;
};

/**
 * Writes a safetensors file. The same tensors give the same bytes: entries are ordered by element size, then by name, so
 * that every tensor is aligned. float16 is rounded to nearest, ties to even.
 *
 * @param tensors by name; tfjs tensors (float32, int32, bool) or arrays on the host
 * @returns the whole file
 * @throws InvalidArgumentError if data and shape disagree, a type cannot be stored, or a number is too large for float16
 */
export async function saveSafetensors(
  tensors: Readonly<Record<string, tf.Tensor | HostTensor>>,
  { dtype = 'float32', metadata }: SaveSafetensorsOptions = {},
): Promise<Uint8Array> {
  const entries = await Promise.all(
    Object.entries(tensors).map(async ([name, tensor]) => {
      if (name === '__metadata__') {
        throw new InvalidArgumentError("saveSafetensors: '__metadata__' is reserved. Give the tensor another name.");
      }
      const data = tensor instanceof tf.Tensor ? await tensor.data() : tensor.data;
      const expected = tensor.shape.reduce((product, size) => product * size, 1);
      if (data.length !== expected) {
        throw new InvalidArgumentError(
          `saveSafetensors: ${name}: shape [${tensor.shape.join(', ')}] needs ${expected} numbers, got ${data.length}`,
        );
      }
      const wanted = typeof dtype === 'function' ? dtype(name) : dtype;
      return { name, shape: [...tensor.shape], ...encode(name, tensor.dtype, data as HostTensor['data'], wanted) };
    }),
  );
  entries.sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1));

  let offset = 0;
  const fields = entries.map(({ name, kind, shape, raw }) => {
    const begin = offset;
    offset += raw.byteLength;
    return [name, { dtype: kind, shape, data_offsets: [begin, offset] }] as const;
  });
  const sorted = metadata && Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, value] of sorted ?? []) {
    if (typeof value !== 'string') {
      throw new InvalidArgumentError(
        `saveSafetensors: metadata.${key}: expected a string, got ${typeof value}. Use JSON.stringify.`,
      );
    }
  }
  // Written by hand: an object literal would move names that look like numbers to the front, and lose '__proto__'.
  const members = [
    ...(sorted && sorted.length > 0
      ? [
          `"__metadata__":{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`,
        ]
      : []),
    ...fields.map(([name, field]) => `${JSON.stringify(name)}:${JSON.stringify(field)}`),
  ];
  const json = new TextEncoder().encode(`{${members.join(',')}}`);
  const headerLength = Math.ceil(json.length / 8) * 8;

  const file = new Uint8Array(8 + headerLength + offset);
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

function encode(name: string, dtype: string, data: HostTensor['data'], wanted: 'float32' | 'float16'): Encoded {
  if (data instanceof Float32Array) {
    if (wanted === 'float32') return { kind: 'F32', size: 4, raw: data };
    const raw = encodeFloat16(data);
    for (let i = 0; i < raw.length; i++) {
      if ((raw[i]! & 0x7fff) === 0x7c00 && Number.isFinite(data[i]!)) {
        throw new InvalidArgumentError(
          `saveSafetensors: ${name}: ${data[i]} is too large for float16 (at most 65504). Store this tensor as float32.`,
        );
      }
    }
    return { kind: 'F16', size: 2, raw };
  }
  if (data instanceof Int32Array) return { kind: 'I32', size: 4, raw: data };
  if (data instanceof Uint8Array) return { kind: dtype === 'bool' ? 'BOOL' : 'U8', size: 1, raw: data };
  throw new InvalidArgumentError(`saveSafetensors: ${name}: cannot store ${dtype}. Convert it to float32 or int32.`);
}
