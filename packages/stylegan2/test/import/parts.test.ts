import fc from 'fast-check';
import { deflateSync, zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { createBudget } from '../../src/import/budget.js';
import { bytesSource, toByteSource } from '../../src/import/byte-source.js';
import { ByteWindow } from '../../src/import/byte-window.js';
import { updateCrc32 } from '../../src/import/crc32.js';
import { openCheckpoint } from '../../src/import/index.js';
import { denseArray, dropAxes, flip, permute, readArray, zeros } from '../../src/import/lazy-array.js';
import {
  type ElementType,
  PickleBytes,
  type PickleDict,
  PickleList,
  PickleStorage,
  PickleTensor,
  type PickleTuple,
  type PickleValue,
} from '../../src/import/pickle-values.js';
import { createArrayMaker } from '../../src/import/tensor-array.js';
import { unpickle } from '../../src/import/unpickle.js';
import { openZip } from '../../src/import/zip-archive.js';
import { createNumbers, slowStream, zipWith } from './mutate.js';

const text = (value: string) => [...value].map((character) => character.charCodeAt(0));

/** Runs opcodes, given as numbers and ASCII text. */
function run(...parts: (number | string | number[])[]): Promise<PickleValue> {
  const bytes = Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? text(part) : part)));
  return unpickle(new ByteWindow(bytesSource(bytes), createBudget(bytes.length)), {
    budget: createBudget(bytes.length),
  });
}

describe('unpickle', () => {
  it('reads numbers as Python does', async () => {
    expect(await run(0x80, 2, 'J', [0xfe, 0xff, 0xff, 0xff], '.')).toBe(-2);
    expect(await run(0x80, 2, 'M', [1, 2], '.')).toBe(513);
    expect(await run(0x80, 2, 0x8a, 0, '.')).toBe(0);
    expect(await run(0x80, 2, 0x8a, 1, 0xff, '.')).toBe(-1);
    expect(await run(0x80, 2, 0x8a, 2, [0x00, 0x80], '.')).toBe(-32768);
    expect(await run(0x80, 2, 0x8a, 9, [0, 0, 0, 0, 0, 0, 0, 0, 1], '.')).toBe(18446744073709551616n);
    expect(await run(0x80, 2, 'G', [0x3f, 0xf8, 0, 0, 0, 0, 0, 0], '.')).toBe(1.5);
  });

  it('reads containers, the memo and strings', async () => {
    // [(True, None), (True, None)]: a tuple, remembered and recalled
    const list = (await run(0x80, 4, ']', '(', 0x88, 'N', 0x86, 0x94, 'h', 0, 'e.')) as PickleList;
    expect(list).toBeInstanceOf(PickleList);
    expect((list.items[0] as PickleTuple).items).toEqual([true, null]);
    expect(list.items[1]).toBe(list.items[0]);
    const dict = (await run(0x80, 4, '}', 0x8c, 2, [0xc3, 0xa4], 'K', 5, 's.')) as PickleDict;
    expect(dict.get('ä')).toBe(5);
    const bytes = (await run(0x80, 4, 'C', 3, 1, 2, 255, '.')) as PickleBytes;
    expect([bytes.start, bytes.end, bytes.inline]).toEqual([4, 7, '\u0001\u0002\u00ff']);
    expect(await run(0x80, 4, 'NN0.')).toBe(null);
  });

  it.each([
    [[0x80, 1, 0x2e], /protocols 2 to 5 are read, found protocol 1/],
    [[0x80, 2, 0x49], /an opcode is not one of protocols 2 to 5, found 0x49 \(at byte 2\)/],
    [[0x80, 2, 0x2e], /STOP needs a stack of one value/],
    [[0x80, 2, 0x30, 0x2e], /takes more than the stack holds/],
    [[0x80, 2, 0x68, 0, 0x2e], /memo entry is read before it is written/],
    [[0x80, 2, 0x7d, 0x28, 0x4e, 0x75, 0x2e], /a dict item has no value/],
    [[0x80, 2, 0x4e, 0x4e, 0x61, 0x2e], /appended only to lists, found None/],
    [[0x80, 2, 0x4e, 0x4e, 0x52], /REDUCE needs a global, found None/],
    [[0x80, 4, 0x8c, 1, 0xff, 0x2e], /a string is not UTF-8/],
    [[0x80, 2, 0x8b, 40, 0, 0, 0], /integers have at most 32 bytes, found 40/],
    [[0x80, 2, 0x58, 9, 0, 0, 0, 0x61], /a string needs 9 bytes, found 1 before the end/],
    [[0x80, 2, 0x4e, 0x28], /an opcode needs 1 bytes/],
    [[0x80, 2, 0x28, 0x4e, 0x2e], /STOP needs a stack of one value/],
    [[0x80, 2, 0x4e, 0x51, 0x2e], /a persistent id stands where none is expected/],
    [[0x80, 2, ...new Array(600).fill(0x28)], /values nest at most 512 deep/],
  ])('refuses %j', async (bytes, message) => {
    await expect(run(bytes)).rejects.toThrow(message);
  });
});

describe('lazy arrays', () => {
  const budget = createBudget(1000);
  const of = (values: number[], type: ElementType = 'float32') => {
    const views: Partial<Record<ElementType, ArrayBufferView>> = {
      float32: new Float32Array(values),
      float64: new Float64Array(values),
      int64: new BigInt64Array(values.map(BigInt)),
      int32: new Int32Array(values),
      int16: new Int16Array(values),
      int8: new Int8Array(values),
      uint8: new Uint8Array(values),
      bool: new Uint8Array(values),
      float16: new Uint16Array(values),
      bfloat16: new Uint16Array(values),
    };
    const { buffer } = views[type] as ArrayBufferView;
    // One byte further, so that nothing is aligned.
    const bytes = new Uint8Array(buffer.byteLength + 1);
    bytes.set(new Uint8Array(buffer as ArrayBuffer), 1);
    const source = bytesSource(bytes);
    return async () => ({ source, start: 1, end: bytes.length, type });
  };
  const read = async (...args: [Parameters<typeof readArray>[0]]) => [...(await readArray(args[0], budget, 'x'))];

  it('transposes, flips and drops axes as views', async () => {
    const matrix = denseArray([2, 3], of([1, 2, 3, 4, 5, 6]));
    expect(await read(matrix)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await read(permute(matrix, [1, 0]))).toEqual([1, 4, 2, 5, 3, 6]);
    expect(await read(flip(matrix, 1))).toEqual([3, 2, 1, 6, 5, 4]);
    expect(await read(flip(flip(matrix, 0), 1))).toEqual([6, 5, 4, 3, 2, 1]);
    expect(await read(permute(flip(matrix, 0), [1, 0]))).toEqual([4, 1, 5, 2, 6, 3]);
    expect(dropAxes(denseArray([1, 1, 6], of([])), [0, 1]).shape).toEqual([6]);
    expect(await read({ ...matrix, shape: [2], strides: [3], offset: 2, plus: 10 })).toEqual([13, 16]);
    expect(await read(zeros([2, 2]))).toEqual([0, 0, 0, 0]);
    expect(await read(denseArray([0], of([])))).toEqual([]);
  });

  it('decodes every element type', async () => {
    for (const type of ['float32', 'float64', 'int64', 'int32', 'int16', 'int8'] as const) {
      expect(await read(denseArray([3], of([1, -2, 3], type))), type).toEqual([1, -2, 3]);
    }
    expect(await read(denseArray([2], of([7, 255], 'uint8')))).toEqual([7, 255]);
    expect(await read(denseArray([2], of([0, 3], 'bool')))).toEqual([0, 1]);
    const halves = [0x3c00, 0xc000, 0x3555, 0x0001, 0x7bff, 0xfc00];
    expect(await read(denseArray([6], of(halves, 'float16')))).toEqual([
      1,
      -2,
      0.333251953125,
      2 ** -24,
      65504,
      Number.NEGATIVE_INFINITY,
    ]);
    expect(await read(denseArray([2], of([0x3f80, 0xc048], 'bfloat16')))).toEqual([1, -3.125]);
  });

  it('keeps to its storage and to the budget', async () => {
    const six = of([1, 2, 3, 4, 5, 6]);
    await expect(read({ ...denseArray([2, 3], six), offset: 1 })).rejects.toThrow(
      /x: a view stays within its storage of 6 elements, found elements 1 to 6/,
    );
    await expect(read(denseArray([1e6, 1e6], six))).rejects.toMatchObject({ code: 'CHECKPOINT_LIMIT' });
    // A million elements that are all the same one: strides of 0 do not get round the budget.
    await expect(read({ ...denseArray([1e6], six), strides: [0] })).rejects.toMatchObject({ code: 'CHECKPOINT_LIMIT' });
  });
});

describe('zip archives', () => {
  const content = Uint8Array.from({ length: 200_000 }, (_, i) => (i * i) % 251);
  const open = async (bytes: Uint8Array, name: string) => {
    const zip = await openZip(bytesSource(bytes), createBudget(bytes.length));
    const { source, start, end } = await zip.open(name);
    return source.read(start, end);
  };

  it('reads stored and deflated entries, small and large', async () => {
    const small = content.subarray(0, 100);
    const bytes = zipSync({
      stored: [content, { level: 0 }],
      deflated: [content, { level: 6 }],
      small: [small, { level: 6 }],
    });
    expect(Buffer.compare(await open(bytes, 'stored'), content)).toBe(0);
    expect(Buffer.compare(await open(bytes, 'deflated'), content)).toBe(0);
    expect(await open(bytes, 'small')).toEqual(small);
    await expect(open(bytes, 'other')).rejects.toThrow(/the entry 'other' is missing/);
  });

  it('stops where an entry is longer or shorter than declared', async () => {
    const { below } = createNumbers(1);
    const noise = Uint8Array.from({ length: 100_000 }, () => below(64));
    const large = deflateSync(noise);
    expect(large.length).toBeGreaterThan(50_000);
    for (const data of [large, deflateSync(noise.subarray(0, 1000))]) {
      const whole = data === large ? noise.length : 1000;
      expect((await open(zipWith('a', data, { method: 8, size: whole }), 'a')).length).toBe(whole);
      await expect(open(zipWith('a', data, { method: 8, size: whole - 1 }), 'a')).rejects.toThrow(/found more/);
      await expect(open(zipWith('a', data, { method: 8, size: whole + 9 }), 'a')).rejects.toThrow(`found ${whole}`);
      const broken = data.slice().fill(0xff, 20, 60);
      await expect(open(zipWith('a', broken, { method: 8, size: whole }), 'a')).rejects.toThrow(/inflates to/);
    }
    await expect(open(zipWith('a', large, { method: 8, size: 3e9 }), 'a')).rejects.toMatchObject({
      code: 'CHECKPOINT_LIMIT',
    });
    await expect(open(zipWith('a', large, { method: 12, size: 5 }), 'a')).rejects.toThrow(/found method 12/);
  });

  it('reads zip64', async () => {
    const bytes = zipWith('a', Uint8Array.of(1, 2, 3), { method: 0, size: 3 });
    const end = bytes.length - 22;
    const view = new DataView(bytes.buffer);
    const [size, offset] = [view.getUint32(end + 12, true), view.getUint32(end + 16, true)];
    const record = new Uint8Array(56 + 20 + 22);
    const out = new DataView(record.buffer);
    out.setUint32(0, 0x06064b50, true);
    out.setBigUint64(32, 1n, true);
    out.setBigUint64(40, BigInt(size), true);
    out.setBigUint64(48, BigInt(offset), true);
    out.setUint32(56, 0x07064b50, true);
    out.setBigUint64(64, BigInt(end), true);
    out.setUint32(76, 0x06054b50, true);
    for (const at of [8, 10]) out.setUint16(76 + at, 0xffff, true);
    for (const at of [12, 16]) out.setUint32(76 + at, 0xffffffff, true);
    const both = new Uint8Array(end + record.length);
    both.set(bytes.subarray(0, end));
    both.set(record, end);
    expect([...(await open(both, 'a'))]).toEqual([1, 2, 3]);
  });
});

describe('zip archives made to mislead', () => {
  const two = () =>
    zipSync({ first: [Uint8Array.of(1, 2, 3), { level: 0 }], second: [new Uint8Array(5), { level: 0 }] });
  const central = (bytes: Uint8Array, nth: number) => {
    let at = -1;
    for (let i = 0; i <= nth; i++) at = Buffer.from(bytes).indexOf('PK\u0001\u0002', at + 1, 'latin1');
    return at;
  };
  const local = (bytes: Uint8Array, nth: number) => {
    let at = -1;
    for (let i = 0; i <= nth; i++) at = Buffer.from(bytes).indexOf('PK\u0003\u0004', at + 1, 'latin1');
    return at;
  };
  const openAll = async (bytes: Uint8Array) => {
    const zip = await openZip(bytesSource(bytes), createBudget(bytes.length));
    for (const name of zip.names) await zip.open(name);
  };
  const changed = (change: (view: DataView, bytes: Uint8Array) => void) => {
    const bytes = two();
    change(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), bytes);
    return bytes;
  };

  it('opens the one that nobody changed', () => openAll(two()));

  it.each<[string, Uint8Array, string]>([
    [
      'content',
      changed((_, b) => b.set([9], local(b, 0) + 30 + 5)),
      "the entry 'first' has the checksum 55bc801d, found",
    ],
    ['the checksum', changed((v, b) => v.setUint32(central(b, 0) + 16, 1, true)), "'first' is described in two ways"],
    ['the local size', changed((v, b) => v.setUint32(local(b, 0) + 22, 2, true)), "'first' is described in two ways"],
    ['the local method', changed((v, b) => v.setUint16(local(b, 0) + 8, 8, true)), "'first' is described in two ways"],
    ['the local name', changed((_, b) => b.set([70], local(b, 0) + 30)), "'first' has another name before its data"],
    ['the place', changed((v, b) => v.setUint32(central(b, 1) + 42, 0, true)), "'first' runs into the entry 'second'"],
    [
      'the size',
      changed((v, b) => {
        for (const at of [20, 24]) v.setUint32(central(b, 0) + at, 60, true);
        for (const at of [18, 22]) v.setUint32(local(b, 0) + at, 60, true);
      }),
      "'first' runs into the entry 'second'",
    ],
    [
      'the last size',
      changed((v, b) => {
        for (const at of [20, 24]) v.setUint32(central(b, 1) + at, 60, true);
      }),
      "'second' runs into the directory",
    ],
    ['a name', changed((_, b) => b.set([46, 46, 47], central(b, 0) + 46)), "'../st' is no name in an archive"],
    ['a name with ESC', changed((_, b) => b.set([27], central(b, 0) + 46)), "'\\x1birst' is no name in an archive"],
    ['a name that is no UTF-8', changed((_, b) => b.set([0xff], central(b, 0) + 46)), 'a name is not UTF-8'],
    [
      'the name of another',
      changed((_, b) => {
        b.set([...'second'].map((c) => c.charCodeAt(0)).slice(0, 5), central(b, 0) + 46);
      }),
      "'secon' has another name before its data",
    ],
    ['encryption', changed((v, b) => v.setUint16(central(b, 0) + 8, 1, true)), "'first' is encrypted"],
    ['the disk', changed((v, b) => v.setUint16(central(b, 0) + 34, 1, true)), 'one of several parts'],
    ['the count', changed((v, b) => v.setUint16(b.length - 12, 1, true)), 'something behind its entries'],
    ['the directory size', changed((v, b) => v.setUint32(b.length - 10, 1 << 20, true)), 'lies outside the file'],
  ])('notices a changed %s', async (_, bytes, message) => {
    await expect(openAll(bytes)).rejects.toThrow(message);
  });

  it('refuses two entries of one name', async () => {
    const bytes = zipSync({ aa: [Uint8Array.of(1), { level: 0 }], ab: [Uint8Array.of(2), { level: 0 }] });
    for (let at = bytes.indexOf(98); at >= 0; at = bytes.indexOf(98, at + 1)) bytes[at] = 97;
    await expect(openAll(bytes)).rejects.toThrow("the entry 'aa' occurs twice");
  });

  it('knows the checksums that everybody knows', () => {
    const ascii = (text: string) => new TextEncoder().encode(text);
    expect(updateCrc32(0, ascii('123456789'))).toBe(0xcbf43926);
    expect(updateCrc32(0, new Uint8Array(0))).toBe(0);
    const long = ascii('The quick brown fox jumps over the lazy dog');
    expect(updateCrc32(0, long)).toBe(0x414fa339);
    for (let cut = 0; cut <= long.length; cut++) {
      expect(updateCrc32(updateCrc32(0, long.subarray(0, cut)), long.subarray(cut))).toBe(0x414fa339);
    }
  });

  it('gives 300 random archives back', async () => {
    const names = fc.stringMatching(/^[a-z][a-z/.]{0,12}[a-z]$/).filter((name) => !/\.\.|\/\//.test(name));
    const entries = fc.dictionary(names, fc.tuple(fc.uint8Array({ maxLength: 9000 }), fc.constantFrom(0, 6)), {
      minKeys: 1,
      maxKeys: 6,
    });
    await fc.assert(
      fc.asyncProperty(entries, async (files) => {
        const bytes = zipSync(
          Object.fromEntries(
            Object.entries(files).map(([name, [data, level]]) => [name, [data, { level: level as 0 | 6 }]]),
          ),
        );
        const zip = await openZip(bytesSource(bytes), createBudget(10 * bytes.length));
        expect([...zip.names].sort()).toEqual(Object.keys(files).sort());
        for (const [name, [data]] of Object.entries(files)) {
          const { source, start, end } = await zip.open(name);
          expect(Buffer.compare(await source.read(start, end), data), name).toBe(0);
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

describe('toByteSource', () => {
  it('keeps the chunks of a stream apart and reads across them', async () => {
    const chunks = [[1, 2, 3], [], [4], [5, 6]].map((chunk) => Uint8Array.from(chunk));
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(chunk);
        controller.close();
      },
    });
    const source = await toByteSource(stream);
    expect(source.size).toBe(6);
    expect([...(await source.read(1, 6))]).toEqual([2, 3, 4, 5, 6]);
    expect([...(await source.read(3, 4))]).toEqual([4]);
    expect([...(await source.read(6, 6))]).toEqual([]);
    await expect(source.read(5, 7)).rejects.toMatchObject({ code: 'CHECKPOINT_TRUNCATED' });
  });

  it('limits what a stream may bring, and notices a response cut short', async () => {
    const bytes = new Uint8Array(100);
    const stream = new Blob([bytes]).stream() as ReadableStream<Uint8Array>;
    await expect(toByteSource(stream, { maxBufferedBytes: 99 })).rejects.toMatchObject({ code: 'CHECKPOINT_LIMIT' });
    const response = new Response(bytes, { headers: { 'content-length': '200' } });
    await expect(toByteSource(response)).rejects.toMatchObject({ code: 'CHECKPOINT_TRUNCATED' });
  });
});

describe('one stream behind many storages', () => {
  it('is read once', async () => {
    const stream = slowStream(1_000_000);
    const sizes: number[] = [];
    const whole = bytesSource(stream);
    const source = {
      size: stream.length,
      read(start: number, end: number) {
        sizes.push(end - start);
        return whole.read(start, end);
      },
    };
    const budget = createBudget(stream.length);
    const makeArray = createArrayMaker(() => Promise.reject(new Error('no archive')), { budget });
    const start = process.cpuUsage();
    for (let i = 0; i < 500; i++) {
      const bytes = new PickleBytes(source, 0, stream.length, 'raw', null);
      const storage = new PickleStorage({ kind: 'blob', bytes });
      const array = makeArray(new PickleTensor(storage, 0, [1], [1]), `p${i}`);
      expect([...(await readArray(array, budget, 'p'))]).toEqual([1]);
    }
    const { user, system } = process.cpuUsage(start);
    expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThan(1.1 * stream.length + 500 * 4);
    expect((user + system) / 1e6).toBeLessThan(2);
  });
});

describe('turns', () => {
  const slow = () => {
    const bytes = new Uint8Array(40_000_000).fill(0x30); // NONE, POP, NONE, POP …
    for (let i = 2; i < bytes.length; i += 2) bytes[i] = 0x4e;
    bytes.set([0x80, 4]);
    return bytes;
  };

  it('lets timers in while it reads, and stops at the signal whenever it comes', async () => {
    const controller = new AbortController();
    let fired = 0;
    const timer = setInterval(() => {
      if (++fired === 3) controller.abort();
    }, 1);
    const opening = openCheckpoint(slow(), { signal: controller.signal });
    await expect(opening).rejects.toMatchObject({ code: 'CHECKPOINT_ABORTED' });
    clearInterval(timer);
    expect(fired).toBeGreaterThanOrEqual(3);
    const before = openCheckpoint(slow(), { signal: AbortSignal.abort() });
    await expect(before).rejects.toMatchObject({ code: 'CHECKPOINT_ABORTED' });
  });
});
