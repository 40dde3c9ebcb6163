import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { InvalidArgumentError, WeightFileError } from '../errors/errors.js';
import { createRandom } from '../random/random.js';
import { expectClose, expectNoLeak } from '../testing/index.js';
import { loadSafetensors } from './load-safetensors.js';
import { saveSafetensors } from './save-safetensors.js';
import { toTensors } from './to-tensors.js';

/** A file from a header, as text or object, and data. */
function file(header: unknown, data: ArrayBufferView | number = 0): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const raw =
    typeof data === 'number' ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const bytes = new Uint8Array(8 + json.length + raw.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(raw, 8 + json.length);
  return bytes;
}

const entry = (dtype: string, shape: unknown, begin: unknown, end: unknown) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

test('float32 comes back bit by bit, with names, shapes and metadata', async () => {
  const values = Float32Array.of(1.1, -0, Number.NaN, Number.POSITIVE_INFINITY, 1e-45, 3);
  const tensors = {
    'b.1': tf.tensor(values, [2, 3]),
    a: tf.scalar(7),
    empty: tf.zeros([0, 4]),
    __proto__x: tf.tensor1d([1]),
  };
  const bytes = await saveSafetensors(tensors, { metadata: { config: '{"π":1}', a: '' } });
  const loaded = loadSafetensors(bytes);
  expect(Object.keys(loaded.tensors).sort()).toEqual(['__proto__x', 'a', 'b.1', 'empty']);
  expect(loaded.tensors['b.1']).toEqual({ dtype: 'float32', shape: [2, 3], data: values });
  expect(loaded.tensors.a!.shape).toEqual([]);
  expect(loaded.tensors.empty!.data.length).toBe(0);
  expect(loaded.metadata).toEqual({ config: '{"π":1}', a: '' });
});

test("Node's Buffer is read as any bytes, and a part of a larger one too", async () => {
  const bytes = await saveSafetensors({ a: tf.tensor1d([1, 2, 3]), b: tf.scalar(4) });
  const parts = Buffer.concat([Buffer.alloc(5, 0xff), bytes, Buffer.alloc(5, 0xff)]).subarray(5, 5 + bytes.length);
  for (const buffer of [Buffer.from(bytes), parts]) expect(loadSafetensors(buffer)).toEqual(loadSafetensors(bytes));
});

test('the writer is deterministic, aligned and byte-exact', async () => {
  const make = (order: string[]) => {
    const all: Record<string, tf.Tensor> = {
      w: tf.tensor1d([1, 2]),
      n: tf.tensor1d([3], 'int32'),
      f: tf.tensor1d([true, false, true], 'bool'),
    };
    return saveSafetensors(Object.fromEntries(order.map((name) => [name, all[name]!])), {
      metadata: { z: '1', y: '2' },
    });
  };
  const bytes = await make(['w', 'n', 'f']);
  expect(await make(['f', 'n', 'w'])).toEqual(bytes);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  expect(length % 8).toBe(0);
  expect(new TextDecoder().decode(bytes.subarray(8, 8 + length)).trimEnd()).toBe(
    '{"__metadata__":{"y":"2","z":"1"},"n":{"dtype":"I32","shape":[1],"data_offsets":[0,4]},' +
      '"w":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},"f":{"dtype":"BOOL","shape":[3],"data_offsets":[12,15]}}',
  );
  expect([...bytes.subarray(8 + length)]).toEqual([3, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64, 1, 0, 1]);
  expect((await saveSafetensors({})).length).toBe(16);
});

test('float16, for all or by name', async () => {
  const tensors = { a: tf.tensor1d([0.1, 1, -65504]), b: tf.tensor1d([0.1]), n: tf.tensor1d([5], 'int32') };
  const half = loadSafetensors(await saveSafetensors(tensors, { dtype: 'float16' })).tensors;
  expect(half.a!.dtype).toBe('float16');
  expect(half.a!.data).toEqual(Float32Array.of(0.0999755859375, 1, -65504));
  expect(half.n).toEqual({ dtype: 'int32', shape: [1], data: Int32Array.of(5) });
  const mixed = await saveSafetensors(tensors, { dtype: (name) => (name === 'a' ? 'float16' : 'float32') });
  expect(loadSafetensors(mixed).tensors.b!.data[0]).toBe(Math.fround(0.1));
  await expect(saveSafetensors({ a: tf.scalar(70000) }, { dtype: 'float16' })).rejects.toThrow(
    new InvalidArgumentError(
      'saveSafetensors: a: 70000 is too large for float16 (at most 65504). Store this tensor as float32.',
    ),
  );
});

test('host tensors are written as they are read; nothing leaks', async () => {
  const first = await saveSafetensors({
    a: tf.tensor2d([[1, 2]]),
    f: tf.tensor1d([true], 'bool'),
    i: tf.tensor1d([1], 'int32'),
  });
  expect(await saveSafetensors(loadSafetensors(first).tensors)).toEqual(first);
  expectNoLeak(() => toTensors(loadSafetensors(first).tensors));
  const tensors = toTensors(loadSafetensors(first).tensors);
  expect([tensors.a!.dtype, tensors.f!.dtype, tensors.i!.dtype]).toEqual(['float32', 'bool', 'int32']);
  expectClose(tensors.a!, tf.tensor2d([[1, 2]]));
});

test('every stored type is read', () => {
  const read = (kind: string, data: ArrayBufferView, count = 2) =>
    loadSafetensors(file({ x: entry(kind, [count], 0, data.byteLength) }, data)).tensors.x!;
  expect(read('F64', Float64Array.of(0.5, -2)).data).toEqual(Float32Array.of(0.5, -2));
  expect(read('BF16', Uint16Array.of(0x3f80, 0xc040)).data).toEqual(Float32Array.of(1, -3));
  expect(read('F16', Uint16Array.of(0x3c00, 0xc000)).data).toEqual(Float32Array.of(1, -2));
  expect(read('I64', BigInt64Array.of(5n, -6n)).data).toEqual(Int32Array.of(5, -6));
  expect(read('U64', BigUint64Array.of(5n, 6n)).data).toEqual(Int32Array.of(5, 6));
  expect(read('I32', Int32Array.of(5, -6)).data).toEqual(Int32Array.of(5, -6));
  expect(read('U32', Uint32Array.of(5, 6)).data).toEqual(Int32Array.of(5, 6));
  expect(read('I16', Int16Array.of(5, -6)).data).toEqual(Int32Array.of(5, -6));
  expect(read('U16', Uint16Array.of(5, 65535)).data).toEqual(Int32Array.of(5, 65535));
  expect(read('I8', Int8Array.of(5, -6)).data).toEqual(Int32Array.of(5, -6));
  expect(read('U8', Uint8Array.of(5, 255)).data).toEqual(Int32Array.of(5, 255));
  expect(read('BOOL', Uint8Array.of(1, 0))).toEqual({ dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) });
  expect(() => read('I64', BigInt64Array.of(5n, 2n ** 40n))).toThrow(
    'tensor "x": 1099511627776 does not fit into 32 bits',
  );
  expect(() => read('U32', Uint32Array.of(5, 2 ** 31))).toThrow('does not fit');
  expect(() => read('BOOL', Uint8Array.of(1, 2))).toThrow('2 is no BOOL');
});

test('unaligned data and a view into a larger buffer are read', () => {
  const inner = file(
    '{"x":{"dtype":"F32","shape":[1],"data_offsets":[1,5]},"y":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
    5,
  );
  inner.set([9, 0, 0, 128, 63], inner.length - 5);
  const outer = new Uint8Array(inner.length + 7);
  outer.set(inner, 3);
  const { tensors } = loadSafetensors(outer.subarray(3, 3 + inner.length));
  expect(tensors.x!.data).toEqual(Float32Array.of(1));
  expect(tensors.y!.data).toEqual(Int32Array.of(9));
});

const float = (begin: unknown, end: unknown, shape: unknown = [1]) => entry('F32', shape, begin, end);

test.each<[string, Uint8Array, string]>([
  ['no bytes', new Uint8Array(0), 'the file has 0 bytes'],
  ['half a length', new Uint8Array(7), 'the file has 7 bytes'],
  ['a length of 2^64 − 1', new Uint8Array(8).fill(255), 'the header claims 18446744073709552000 bytes'],
  ['a length beyond the end', file('{}', 0).subarray(0, 9), 'the header claims 2 bytes, but only 1 follow'],
  ['an empty header', file(''), "does not begin with '{'"],
  ['an array', file('[]'), "does not begin with '{'"],
  ['broken UTF-8', file('{"\u0000').fill(0xff, 10), 'no valid UTF-8'],
  ['broken JSON', file('{"a":}'), 'no valid JSON: an unexpected character at character 5'],
  ['an unfinished string', file('{"a\\'), 'no valid JSON'],
  ['rubbish after the end', file('{} x'), 'something follows the end'],
  ['deep nesting', file(`{"a":${'['.repeat(100_000)}`), 'nested too deep'],
  ['a name twice', file('{"a":1,"a":2}'), 'the name "a" occurs twice'],
  ['a name twice, escaped', file('{"a":1,"\\u0061":2}'), 'the name "a" occurs twice'],
  ['metadata of another kind', file({ __metadata__: [] }), '__metadata__ is no object'],
  ['metadata with a number', file({ __metadata__: { a: 1 } }), '__metadata__."a" is no string'],
  ['an entry of another kind', file({ x: 3 }), 'tensor "x": its entry is no object'],
  ['an unknown field', file({ x: { ...float(0, 4), code: 1 } }, 4), 'unknown field "code"'],
  ['no type', file({ x: { shape: [1], data_offsets: [0, 4] } }, 4), 'dtype: expected one of F64, F32'],
  ['an unknown type', file({ x: entry('F8_E4M3', [4], 0, 4) }, 4), 'got "F8_E4M3"'],
  ['a type like an inherited name', file({ x: entry('constructor', [4], 0, 4) }, 4), 'got "constructor"'],
  ['a negative size', file({ x: float(0, 4, [-1]) }, 4), 'shape: expected'],
  ['a fractional size', file({ x: float(0, 4, [0.5]) }, 4), 'shape: expected'],
  ['a shape that is no list', file({ x: float(0, 4, 1) }, 4), 'shape: expected'],
  ['a huge rank', file({ x: float(0, 4, new Array(17).fill(1)) }, 4), 'at most 16'],
  ['an overflowing shape', file({ x: float(0, 4, [2 ** 32, 2 ** 32]) }, 4), 'overflows'],
  ['an overflow hidden by zero', file({ x: float(0, 0, [2 ** 32, 2 ** 32, 0]) }), 'overflows'],
  ['offsets missing', file({ x: { dtype: 'F32', shape: [1] } }, 4), 'data_offsets: expected'],
  ['offsets negative', file({ x: float(-4, 0) }, 4), 'data_offsets: expected'],
  ['offsets reversed', file({ x: float(4, 0) }, 4), 'is outside of'],
  ['offsets beyond the end', file({ x: float(0, 8, [2]) }, 4), 'its range 0…8 is outside of the 4 bytes of data'],
  ['a shape larger than its range', file({ x: float(0, 4, [2]) }, 4), 'needs 8 bytes, its range has 4'],
  ['a shape smaller than its range', file({ x: float(0, 8, [1]) }, 8), 'needs 4 bytes, its range has 8'],
  ['an overlap', file({ x: float(0, 4), y: float(0, 4) }, 4), 'tensor "y" overlaps another one at byte 0'],
  ['a partial overlap', file({ x: float(0, 8, [2]), y: float(4, 8) }, 8), 'overlaps another one at byte 4'],
  ['a gap', file({ x: float(0, 4), y: float(8, 12) }, 12), 'bytes 4…8 of the data belong to no tensor'],
  ['a tail', file({ x: float(0, 4) }, 5), '1 bytes follow the last tensor'],
  ['data without tensors', file({}, 5), '5 bytes follow the last tensor'],
])('refused: %s', (_, bytes, message) => {
  expect(() => loadSafetensors(bytes)).toThrow(WeightFileError);
  expect(() => loadSafetensors(bytes)).toThrow(message);
});

test('names that mean something to JavaScript are only names', () => {
  const bytes = file(
    '{"__proto__":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"__metadata__":{"__proto__":"x"}}',
    4,
  );
  const { tensors, metadata } = loadSafetensors(bytes);
  expect(Object.keys(tensors)).toEqual(['__proto__']);
  expect(Object.keys(metadata)).toEqual(['__proto__']);
  expect(({} as Record<string, unknown>).dtype).toBeUndefined();
});

test('a limit on the header can be set', () => {
  expect(() => loadSafetensors(file({ __metadata__: { a: 'b' } }), { maxHeaderBytes: 10 })).toThrow('more than 10');
});

test('random damage gives a WeightFileError or a well-formed answer, never anything else', async () => {
  const good = await saveSafetensors(
    {
      a: tf.tensor2d([
        [1, 2],
        [3, 4],
      ]),
      b: tf.tensor1d([1], 'int32'),
    },
    { metadata: { k: 'v' } },
  );
  const random = createRandom(1);
  let refused = 0;
  for (let i = 0; i < 3000; i++) {
    const bad = good.slice(0, random.uniform() < 0.2 ? random.integer(good.length) : good.length);
    for (let n = 1 + random.integer(3); n > 0 && bad.length > 0; n--)
      bad[random.integer(bad.length)] = random.integer(256);
    try {
      for (const { shape, data } of Object.values(loadSafetensors(bad).tensors)) {
        expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
      }
    } catch (error) {
      if (!(error instanceof WeightFileError)) throw error;
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(1500);
});

test('what cannot be written is refused', async () => {
  const data = Float32Array.of(1);
  await expect(saveSafetensors({ a: { dtype: 'float32', shape: [2], data } })).rejects.toThrow(
    'saveSafetensors: a: shape [2] needs 2 numbers, got 1',
  );
  await expect(saveSafetensors({ a: tf.tensor1d(['x']) })).rejects.toThrow('saveSafetensors: a: cannot store string');
  await expect(saveSafetensors({ __metadata__: tf.scalar(1) })).rejects.toThrow('is reserved');
  await expect(saveSafetensors({}, { metadata: { a: 1 as unknown as string } })).rejects.toThrow(
    'metadata.a: expected a string',
  );
});
