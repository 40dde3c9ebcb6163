import { getHeapStatistics } from 'node:v8';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InvalidArgumentError, WeightFileError } from '../errors/errors.js';
import { createRandom } from '../random/random.js';
import { expectClose, expectNoLeak } from '../testing/index.js';
import { loadSafetensors } from './load-safetensors.js';
import { type HostTensor, type SaveSafetensorsOptions, saveSafetensors } from './save-safetensors.js';
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
  const loaded = await loadSafetensors(bytes);
  expect(Object.keys(loaded.tensors).sort()).toEqual(['__proto__x', 'a', 'b.1', 'empty']);
  expect(loaded.tensors['b.1']).toEqual({ dtype: 'float32', shape: [2, 3], data: values });
  expect(loaded.tensors.a!.shape).toEqual([]);
  expect(loaded.tensors.empty!.data.length).toBe(0);
  expect(loaded.metadata).toEqual({ config: '{"π":1}', a: '' });
});

test("Node's Buffer is read as any bytes, and a part of a larger one too", async () => {
  const bytes = await saveSafetensors({ a: tf.tensor1d([1, 2, 3]), b: tf.scalar(4) });
  const parts = Buffer.concat([Buffer.alloc(5, 0xff), bytes, Buffer.alloc(5, 0xff)]).subarray(5, 5 + bytes.length);
  for (const buffer of [Buffer.from(bytes), parts])
    expect(await loadSafetensors(buffer)).toEqual(await loadSafetensors(bytes));
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
  const half = (await loadSafetensors(await saveSafetensors(tensors, { dtype: 'float16' }))).tensors;
  expect(half.a!.dtype).toBe('float16');
  expect(half.a!.data).toEqual(Float32Array.of(0.0999755859375, 1, -65504));
  expect(half.n).toEqual({ dtype: 'int32', shape: [1], data: Int32Array.of(5) });
  const mixed = await saveSafetensors(tensors, { dtype: (name) => (name === 'a' ? 'float16' : 'float32') });
  expect((await loadSafetensors(mixed)).tensors.b!.data[0]).toBe(Math.fround(0.1));
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
  const loaded = await loadSafetensors(first);
  expect(await saveSafetensors(loaded.tensors)).toEqual(first);
  expectNoLeak(() => toTensors(loaded.tensors));
  const tensors = toTensors(loaded.tensors);
  expect([tensors.a!.dtype, tensors.f!.dtype, tensors.i!.dtype]).toEqual(['float32', 'bool', 'int32']);
  expectClose(tensors.a!, tf.tensor2d([[1, 2]]));
});

test('every stored type is read', async () => {
  const read = async (kind: string, data: ArrayBufferView, count = 2) =>
    (await loadSafetensors(file({ x: entry(kind, [count], 0, data.byteLength) }, data))).tensors.x!;
  expect((await read('F64', Float64Array.of(0.5, -2))).data).toEqual(Float32Array.of(0.5, -2));
  expect((await read('BF16', Uint16Array.of(0x3f80, 0xc040))).data).toEqual(Float32Array.of(1, -3));
  expect((await read('F16', Uint16Array.of(0x3c00, 0xc000))).data).toEqual(Float32Array.of(1, -2));
  expect((await read('I64', BigInt64Array.of(5n, -6n))).data).toEqual(Int32Array.of(5, -6));
  expect((await read('U64', BigUint64Array.of(5n, 6n))).data).toEqual(Int32Array.of(5, 6));
  expect((await read('I32', Int32Array.of(5, -6))).data).toEqual(Int32Array.of(5, -6));
  expect((await read('U32', Uint32Array.of(5, 6))).data).toEqual(Int32Array.of(5, 6));
  expect((await read('I16', Int16Array.of(5, -6))).data).toEqual(Int32Array.of(5, -6));
  expect((await read('U16', Uint16Array.of(5, 65535))).data).toEqual(Int32Array.of(5, 65535));
  expect((await read('I8', Int8Array.of(5, -6))).data).toEqual(Int32Array.of(5, -6));
  expect((await read('U8', Uint8Array.of(5, 255))).data).toEqual(Int32Array.of(5, 255));
  expect(await read('BOOL', Uint8Array.of(1, 0))).toEqual({ dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) });
  await expect(read('I64', BigInt64Array.of(5n, 2n ** 40n))).rejects.toThrow(
    'tensor "x": 1099511627776 does not fit into 32 bits',
  );
  await expect(read('U32', Uint32Array.of(5, 2 ** 31))).rejects.toThrow('does not fit');
  await expect(read('BOOL', Uint8Array.of(1, 2))).rejects.toThrow('2 is no BOOL');
});

test('unaligned data and a view into a larger buffer are read', async () => {
  const inner = file(
    '{"x":{"dtype":"F32","shape":[1],"data_offsets":[1,5]},"y":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
    5,
  );
  inner.set([9, 0, 0, 128, 63], inner.length - 5);
  const outer = new Uint8Array(inner.length + 7);
  outer.set(inner, 3);
  const { tensors } = await loadSafetensors(outer.subarray(3, 3 + inner.length));
  expect(tensors.x!.data).toEqual(Float32Array.of(1));
  expect(tensors.y!.data).toEqual(Int32Array.of(9));
});

const empty = '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}';
const float = (begin: unknown, end: unknown, shape: unknown = [1]) => entry('F32', shape, begin, end);

test.each<[string, Uint8Array, string]>([
  ['no bytes', new Uint8Array(0), 'the file has 0 bytes'],
  ['half a length', new Uint8Array(7), 'the file has 7 bytes'],
  ['a length of 2^64 − 1', new Uint8Array(8).fill(255), 'the header claims 18446744073709552000 bytes'],
  ['a length beyond the end', file('{}', 0).subarray(0, 9), 'the header claims 2 bytes, but only 1 follow'],
  ['an empty header', file(''), "does not begin with '{'"],
  ['an array', file('[]'), "does not begin with '{'"],
  ['broken UTF-8', file('{"\u0000').fill(0xff, 10), 'no valid UTF-8'],
  ['broken JSON', file('{"a":}'), 'tensor "a": its entry is no object'],
  ['no colon', file('{"a" 1}'), "no valid JSON: expected ':' at byte 5"],
  ['an unfinished string', file('{"a\\'), 'no valid JSON'],
  ['rubbish after the end', file('{} x'), 'something follows the end'],
  ['deep nesting', file(`{"a":${'['.repeat(100_000)}`), 'its entry is no object'],
  ['a name twice', file(`{"a":${empty},"a":${empty}}`), 'the name "a" occurs twice'],
  ['a name twice, escaped', file(`{"a":${empty},"\\u0061":${empty}}`), 'the name "a" occurs twice'],
  ['a field twice', file('{"a":{"dtype":"F32","dtype":"F16"}}'), 'the field "dtype" occurs twice'],
  ['metadata twice', file('{"__metadata__":{},"__metadata__":{}}'), 'the name "__metadata__" occurs twice'],
  ['half a surrogate pair', file(`{"\\ud800":${empty}}`), 'half a surrogate pair'],
  ['a control in a string', file(`{"a\nb":${empty}}`), 'a malformed string'],
  [
    'a number with a sign of plus',
    file({ x: float(0, 4, [1]) }, 4).map((byte) => (byte === 0x31 ? 0x2b : byte)),
    'shape',
  ],
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
])('refused: %s', async (_, bytes, message) => {
  const error = await loadSafetensors(bytes).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(WeightFileError);
  expect((error as Error).message).toContain(message);
});

test('names that mean something to JavaScript are only names', async () => {
  const bytes = file(
    '{"__proto__":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"__metadata__":{"__proto__":"x"}}',
    4,
  );
  const { tensors, metadata } = await loadSafetensors(bytes);
  expect(Object.keys(tensors)).toEqual(['__proto__']);
  expect(Object.keys(metadata)).toEqual(['__proto__']);
  expect(({} as Record<string, unknown>).dtype).toBeUndefined();
});

test('a limit on the header can be set', async () => {
  const bytes = file({ __metadata__: { a: 'b' } });
  await expect(loadSafetensors(bytes, { maxHeaderBytes: 10 })).rejects.toThrow('more than 10');
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
      for (const { shape, data } of Object.values((await loadSafetensors(bad)).tensors)) {
        expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
      }
    } catch (error) {
      if (!(error instanceof WeightFileError)) throw error;
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(1500);
});

const one = Float32Array.of(1);
const floats = (shape: unknown, data: Float32Array = one) => ({ dtype: 'float32', shape: shape as number[], data });

test.each<[string, Record<string, tf.Tensor | HostTensor>, SaveSafetensorsOptions, string]>([
  ['data of another length', { a: floats([2]) }, {}, 'a: shape [2] needs 2 numbers, got 1'],
  ['text', { a: tf.tensor1d(['x']) }, {}, 'a: cannot store string'],
  ['complex numbers', { a: tf.complex([1], [2]) }, {}, 'cannot hold complex64'],
  ['a reserved name', { __metadata__: tf.scalar(1) }, {}, 'is reserved'],
  ['17 axes', { a: floats(Array(17).fill(1)) }, {}, 'a: shape: expected at most 16 axes, got 17'],
  ['negative sizes', { a: floats([-1, -1]) }, {}, 'expected non-negative integers, got [-1, -1]'],
  ['fractional sizes', { a: floats([0.5, 2]) }, {}, 'expected non-negative integers, got [0.5, 2]'],
  ['sizes that are none', { a: floats([Number.NaN]) }, {}, 'got [NaN]'],
  ['infinite sizes', { a: floats([Number.POSITIVE_INFINITY]) }, {}, 'got [Infinity]'],
  ['a hole for a size', { a: floats(Array(1)) }, {}, 'expected non-negative integers'],
  ['a size as text', { a: floats(['1']) }, {}, 'expected non-negative integers'],
  ['a shape that is none', { a: floats(undefined) }, {}, 'a: shape: expected a list of sizes, got undefined'],
  ['an overflow hidden by zero', { a: floats([2 ** 30, 2 ** 30, 0], new Float32Array(0)) }, {}, 'overflows'],
  ['a bool of 2', { a: { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 2) } }, {}, 'a bool is 0 or 1, got 2 at 1'],
  ['floats that are called int32', { a: { ...floats([1]), dtype: 'int32' } }, {}, 'a Float32Array cannot hold int32'],
  [
    'integers that are called bool',
    { a: { dtype: 'bool', shape: [1], data: Int32Array.of(1) } },
    {},
    'cannot hold bool',
  ],
  ['doubles', { a: { dtype: 'float64', shape: [1], data: Float64Array.of(1) as never } }, {}, 'cannot store float64'],
  ['a lone surrogate in a name', { 'a\ud800': floats([1]) }, {}, "the name 'a\\ud800' holds half a surrogate pair"],
  ['a name without an end', { ['a'.repeat(2000)]: floats([1]) }, {}, 'is longer than 1024 bytes'],
  ['a name that escapes lengthen', { ['\u0001'.repeat(200)]: floats([1]) }, {}, 'is longer than 1024 bytes'],
  ['no tensor', { a: null as never }, {}, 'a: expected a tensor, got null'],
  ['no tensors', null as never, {}, 'expected tensors by name, got null'],
  [
    'another dtype',
    { a: floats([1]) },
    { dtype: 'float64' as never },
    "expected 'float32' or 'float16', got 'float64'",
  ],
  ['a dtype by name that is none', { a: floats([1]) }, { dtype: () => undefined as never }, "got 'undefined' for 'a'"],
  ['a number as metadata', {}, { metadata: { a: Number.NaN as never } }, 'metadata.a: expected a string, got number'],
  ['metadata that are none', {}, { metadata: null as never }, 'metadata: expected strings by name, got null'],
  [
    'NaN in weights',
    { a: floats([1], Float32Array.of(Number.NaN)) },
    { finite: true },
    'a: a number that is not finite: NaN at 0',
  ],
  ['half a pair in metadata', {}, { metadata: { a: '\udc00' } }, 'metadata.a holds half a surrogate pair'],
  ['half a pair in their names', {}, { metadata: { '\udc00': '' } }, "the name '\\udc00' holds half a surrogate pair"],
])('not written: %s', async (_, tensors, options, message) => {
  const error = await saveSafetensors(tensors, options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(InvalidArgumentError);
  expect((error as Error).message).toContain(`saveSafetensors: `);
  expect((error as Error).message).toContain(message);
});

test('a disposed tensor is not written', async () => {
  const tensor = tf.scalar(1);
  tensor.dispose();
  await expect(saveSafetensors({ a: tensor })).rejects.toThrow('saveSafetensors: a: the tensor is disposed.');
});

const hostTensor = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 }).chain((shape) => {
  const size = { minLength: shape.reduce((a, b) => a * b, 1), maxLength: shape.reduce((a, b) => a * b, 1) };
  const float = fc.float().map(Math.fround);
  return fc.oneof(
    fc.array(float, size).map((data): HostTensor => ({ dtype: 'float32', shape, data: Float32Array.from(data) })),
    fc.array(fc.integer(), size).map((data): HostTensor => ({ dtype: 'int32', shape, data: Int32Array.from(data) })),
    fc.array(fc.nat(1), size).map((data): HostTensor => ({ dtype: 'bool', shape, data: Uint8Array.from(data) })),
  );
});
const text = fc.string({ unit: 'grapheme', maxLength: 20 });

test('500 random files: what is written is read again, and written again it is the same', async () => {
  const files = fc.tuple(fc.dictionary(text, hostTensor, { maxKeys: 6 }), fc.dictionary(text, text, { maxKeys: 4 }));
  await fc.assert(
    fc.asyncProperty(files, async ([tensors, metadata]) => {
      fc.pre(!Object.hasOwn(tensors, '__metadata__'));
      const bytes = await saveSafetensors(tensors, { metadata });
      const loaded = await loadSafetensors(bytes);
      expect(loaded.metadata).toEqual({ ...metadata });
      expect(loaded.tensors).toEqual({ ...tensors });
      expect(await saveSafetensors(loaded.tensors, { metadata: loaded.metadata })).toEqual(bytes);
    }),
    { numRuns: 500, seed: 1 },
  );
});

/** Any JSON, and lists and objects that look like headers. */
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, 'F32', 'BOOL', '', 0, 1, 4, -1, 0.5, 1e300, [0, 4], [1], []),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('dtype', 'shape', 'data_offsets', '__metadata__', 'a', 'b'), tie('value')),
  ),
})).value;

test('2000 random headers give a WeightFileError or a well-formed answer', async () => {
  let read = 0;
  await fc.assert(
    fc.asyncProperty(json, fc.nat(8), async (header, dataBytes) => {
      try {
        const { tensors } = await loadSafetensors(file(JSON.stringify(header) ?? '', dataBytes));
        for (const { shape, data } of Object.values(tensors)) {
          expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
        }
        read++;
      } catch (error) {
        if (!(error instanceof WeightFileError)) throw error;
      }
    }),
    { numRuns: 2000, seed: 1, examples: [[{ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, 4]] },
  );
  expect(read).toBeGreaterThan(0);
});

const megabytes = 12 * 1024 * 1024;
const filled = (head: string, unit: string, tail = '') =>
  file(head + unit.repeat(Math.ceil(megabytes / unit.length)) + tail);
const many = (unit: (i: number) => string, head = '{') => {
  let text = head;
  for (let i = 0; text.length < megabytes; i++) text += unit(i);
  return file(`${text.slice(0, -1)}}`);
};

test.each<[string, () => Uint8Array]>([
  ['a list of objects', () => filled('{"a":[', '{},', '{}]}')],
  ['a list of objects for a shape', () => filled('{"a":{"dtype":"F32","shape":[', '{},', '{}]}}')],
  ['a list of numbers for a shape', () => filled('{"a":{"dtype":"F32","shape":[', '1,', '1]}}')],
  ['a list of numbers for offsets', () => filled('{"a":{"data_offsets":[', '1,', '1]}}')],
  ['lists in lists', () => filled('{"a":', '[')],
  ['objects in objects', () => filled('{', '"a":{')],
  ['a number without an end', () => filled('{"a":{"shape":[', '1')],
  ['a name without an end', () => filled('{"', 'a')],
  ['a name of escapes', () => filled('{"', '\\u0061', '":{}}')],
  ['white space', () => filled('{"a":', ' ')],
  ['white space behind the end', () => filled('{}', ' ')],
  ['empty entries', () => many((i) => `"${i}":{},`)],
  ['a million empty tensors', () => many((i) => `"${i}":${empty},`)],
  ['a million strings of metadata', () => many((i) => `"${i}":"",`, '{"__metadata__":{')],
  ['metadata in metadata', () => filled('{"__metadata__":{"a":', '{"a":')],
  ['a string of metadata', () => filled('{"__metadata__":{"a":"', 'ä', '"}}')],
])('a hostile header costs less than four times its size and no second: %s', async (_, make) => {
  const bytes = make();
  const used = () => {
    const { used_heap_size, external_memory } = getHeapStatistics();
    return used_heap_size + external_memory;
  };
  const before = used();
  const start = process.cpuUsage();
  await expect(loadSafetensors(bytes)).rejects.toThrow(WeightFileError);
  const { user, system } = process.cpuUsage(start);
  expect(used() - before).toBeLessThan(4 * bytes.length);
  expect((user + system) / 1e6).toBeLessThan(1);
});

test('a string of metadata in full costs less than four times the header', async () => {
  const bytes = file(`{"__metadata__":{"a":"${'ä'.repeat(4_900_000)}"}}`);
  const { metadata } = await loadSafetensors(bytes);
  expect(metadata.a!.length).toBe(4_900_000);
});

test('a long file lets others work and stops at the signal', async () => {
  const names = Array.from({ length: 3000 }, (_, i) => `t${i}`);
  const bytes = await saveSafetensors(
    Object.fromEntries(names.map((name) => [name, floats([2000], new Float32Array(2000))])),
  );
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const controller = new AbortController();
  const reading = Promise.all(
    [1, 2, 3, 4, 5, 6, 7, 8].map(() => loadSafetensors(bytes, { signal: controller.signal })),
  );
  setTimeout(() => controller.abort(new Error('enough')), 1);
  await expect(reading).rejects.toThrow('enough');
  clearInterval(timer);
  await expect(loadSafetensors(bytes, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
});
