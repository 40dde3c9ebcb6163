import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createBudget } from '../../src/import/budget.js';
import { bytesSource } from '../../src/import/byte-source.js';
import { ByteWindow } from '../../src/import/byte-window.js';
import { CheckpointError } from '../../src/import/checkpoint-error.js';
import { PickleBytes, PickleDict, PickleList, PickleTuple, type PickleValue } from '../../src/import/pickle-values.js';
import { unpickle } from '../../src/import/unpickle.js';

/** What Python holds, as far as pickles of it are written here. */
type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | { list: Value[] }
  | { tuple: Value[] }
  | { dict: [string, Value][] };

const value = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<Value>(null, true, false, 0, -0, 255, 256, 65535, 65536, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 53 - 1),
    fc.double({ noNaN: true }),
    fc.integer(),
    fc.bigInt({ min: -(1n << 200n), max: 1n << 200n }),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.uint8Array({ maxLength: 40 }),
    fc.record({ list: fc.array(tie('value'), { maxLength: 5 }) }),
    fc.record({ tuple: fc.array(tie('value'), { maxLength: 5 }) }),
    fc.record({
      dict: fc.uniqueArray(fc.tuple(fc.string({ maxLength: 8 }), tie('value')), {
        selector: ([key]) => key,
        maxLength: 4,
      }),
    }),
  ),
})).value;

/** A pickler of its own, which takes any of the opcodes that may stand for a value. */
function pickle(root: Value, protocol: number, choose: () => number): Uint8Array {
  const out: number[] = [0x80, protocol];
  const little = (number: number | bigint, size: number) => {
    for (let i = 0; i < size; i++) out.push(Number((BigInt(number) >> BigInt(8 * i)) & 255n));
  };
  const long = (number: bigint) => {
    let size = 1;
    while (number < -(1n << BigInt(8 * size - 1)) || number >= 1n << BigInt(8 * size - 1)) size++;
    out.push(0x8a, size);
    little(BigInt.asUintN(8 * size, number), size);
  };
  const put = (item: Value): void => {
    if (item === null) out.push(0x4e);
    else if (typeof item === 'boolean') out.push(item ? 0x88 : 0x89);
    else if (typeof item === 'bigint') long(item);
    else if (typeof item === 'number') {
      const whole = Number.isSafeInteger(item) && !Object.is(item, -0);
      if (whole && item >= 0 && item < 256 && choose() % 2 === 0) out.push(0x4b, item);
      else if (whole && item >= 0 && item < 65536 && choose() % 2 === 0) out.push(0x4d, item & 255, item >> 8);
      else if (whole && item === (item | 0) && choose() % 2 === 0) {
        out.push(0x4a);
        little(item >>> 0, 4);
      } else if (whole && choose() % 2 === 0) long(BigInt(item));
      else {
        const bytes = new Uint8Array(8);
        new DataView(bytes.buffer).setFloat64(0, item);
        out.push(0x47, ...bytes);
      }
    } else if (typeof item === 'string') {
      const bytes = new TextEncoder().encode(item);
      if (protocol >= 4 && bytes.length < 256) out.push(0x8c, bytes.length);
      else {
        out.push(0x58);
        little(bytes.length, 4);
      }
      out.push(...bytes);
    } else if (item instanceof Uint8Array) out.push(0x43, item.length, ...item);
    else if ('list' in item) {
      out.push(0x5d, 0x94, 0x28);
      item.list.forEach(put);
      out.push(0x65);
    } else if ('tuple' in item) {
      const { length } = item.tuple;
      if (length > 0 && length < 4) {
        item.tuple.forEach(put);
        out.push(0x84 + length);
      } else {
        out.push(0x28);
        item.tuple.forEach(put);
        out.push(0x74);
      }
    } else {
      out.push(0x7d);
      for (const [key, inner] of item.dict) {
        put(key);
        put(inner);
        out.push(0x73);
      }
    }
  };
  put(root);
  out.push(0x2e);
  return Uint8Array.from(out);
}

/** Compares, for values that the reader keeps as they are. */
function same(read: PickleValue | undefined, meant: Value): boolean {
  if (meant instanceof Uint8Array) {
    if (!(read instanceof PickleBytes)) return false;
    const inline = read.inline === null || [...meant].every((byte, i) => read.inline?.charCodeAt(i) === byte);
    return read.end - read.start === meant.length && inline;
  }
  if (typeof meant === 'bigint')
    return typeof read === 'bigint' || typeof read === 'number' ? BigInt(read) === meant : false;
  if (meant === null || typeof meant !== 'object') return Object.is(read, meant);
  if ('list' in meant) {
    return (
      read instanceof PickleList &&
      read.items.length === meant.list.length &&
      meant.list.every((item, i) => same(read.items[i], item))
    );
  }
  if ('tuple' in meant) {
    return (
      read instanceof PickleTuple &&
      read.items.length === meant.tuple.length &&
      meant.tuple.every((item, i) => same(read.items[i], item))
    );
  }
  return (
    read instanceof PickleDict &&
    read.size === meant.dict.length &&
    meant.dict.every(([key, item]) => same(read.get(key), item))
  );
}

const run = (bytes: Uint8Array, windowBytes?: number) => {
  const source = bytesSource(bytes);
  // Without its bytes a source is read through a window, here a narrow one.
  const budget = createBudget(100 * bytes.length);
  const narrow = { size: source.size, read: source.read };
  const window =
    windowBytes === undefined
      ? new ByteWindow(source, budget)
      : new ByteWindow(narrow, budget, 0, bytes.length, windowBytes);
  return unpickle(window, { budget });
};

it('2000 random values are read as they were pickled, whole and through a narrow window', async () => {
  await fc.assert(
    fc.asyncProperty(
      value,
      fc.integer({ min: 2, max: 5 }),
      fc.infiniteStream(fc.nat(7)),
      async (meant, protocol, choices) => {
        const bytes = pickle(meant, protocol, () => choices.next().value as number);
        expect(same(await run(bytes), meant)).toBe(true);
        expect(same(await run(bytes, 16), meant)).toBe(true);
      },
    ),
    { numRuns: 2000, seed: 1 },
  );
});

it('4000 random streams of opcodes end in a value or a CheckpointError', async () => {
  const opcode = fc.constantFrom(
    ...'(.012NKMJG}]a)besuthqRbQ\x80\x81\x85\x86\x87\x88\x89\x8a\x8c\x8f\x90\x91\x92\x93\x94C',
  );
  const piece = fc.oneof(
    { weight: 6, arbitrary: opcode.map((character) => [character.charCodeAt(0)]) },
    { weight: 2, arbitrary: fc.array(fc.nat(255), { maxLength: 4 }) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('torch._utils', '_rebuild_tensor_v2', 'collections', 'OrderedDict', 'numpy', 'dtype', 'u4')
        .map((text) => [0x8c, text.length, ...[...text].map((character) => character.charCodeAt(0))]),
    },
  );
  let read = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 40 }), async (pieces) => {
      try {
        await run(Uint8Array.from([0x80, 4, ...pieces.flat(), 0x2e]));
        read++;
      } catch (error) {
        if (!(error instanceof CheckpointError)) throw error;
      }
    }),
    { numRuns: 4000, seed: 1 },
  );
  expect(read).toBeGreaterThan(10);
});
