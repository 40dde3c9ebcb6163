import { deflateSync } from 'fflate';

/** Damaged and hostile checkpoints, the same for the same seed. */

export type Mutant = { bytes: Uint8Array; how: string };

/** A small deterministic generator (mulberry32). */
export function createNumbers(seed: number) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit: number) => Math.floor(uniform() * limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  return { uniform, below, pick };
}

type Numbers = ReturnType<typeof createNumbers>;

/** Every opcode of protocols 0 to 5. */
const OPCODES = [...'(.012FIJKLMNPQRSTUVXabcdeghijlopqrstu})]GBC'].map((character) => character.charCodeAt(0));
for (let code = 0x80; code <= 0x98; code++) OPCODES.push(code);

const LENGTHS = [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];

/**
 * Positions of the opcodes of a pickle that begins at `start`: a walker of its own, independent of the one under test.
 */
export function opcodePositions(bytes: Uint8Array, start = 0): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const positions: number[] = [];
  let at = start;
  try {
    for (;;) {
      positions.push(at);
      const code = bytes[at++];
      if (code === undefined || code === 0x2e) return positions;
      const character = String.fromCharCode(code);
      if ('\x80qhK'.includes(character)) at += 1;
      else if (code === 0x4d) at += 2;
      else if ('rjJ'.includes(character)) at += 4;
      else if ('G\x95'.includes(character)) at += 8;
      else if ('\x8c\x8aUC'.includes(character)) at += 1 + (bytes[at] ?? 0);
      else if ('XTB\x8b'.includes(character)) at += 4 + view.getUint32(at, true);
      else if ('\x8d\x8e\x96'.includes(character)) at += 8 + Number(view.getBigUint64(at, true));
      else if (character === 'c') for (let lines = 0; lines < 2; at++) if (bytes[at] === 10) lines++;
    }
  } catch {
    return positions.filter((position) => position < bytes.length);
  }
}

type Base = { name: string; bytes: Uint8Array; opcodes: number[] };

/** An endless row of mutants of the given files, with crafted bombs among them. */
export function createMutator(seed: number, files: Readonly<Record<string, Uint8Array>>): () => Mutant {
  const numbers = createNumbers(seed);
  const bases: Base[] = Object.entries(files).map(([name, bytes]) => ({
    name,
    bytes,
    opcodes: bytes[0] === 0x80 ? opcodePositions(bytes, bytes[1] === 2 && bytes[2] === 0x8a ? 15 + 6 : 0) : [],
  }));
  const mutators = [bitFlips, truncation, opcodeSwaps, lengths, splices, insertions, crossing, zeroRun];
  return () => {
    const { below, pick } = numbers;
    if (below(8) === 0) {
      const [how, make] = pick(BOMBS);
      return { bytes: make(numbers, 1 + below(20_000)), how };
    }
    const base = pick(bases);
    const bytes = base.bytes.slice();
    const mutate = pick(mutators);
    const result = mutate(bytes, base, numbers, bases);
    return { bytes: result, how: `${mutate.name} of ${base.name}` };
  };
}

function bitFlips(bytes: Uint8Array, _: Base, { below }: Numbers): Uint8Array {
  for (let i = 1 + below(16); i > 0; i--) {
    const at = below(bytes.length);
    bytes[at] = (bytes[at] as number) ^ (1 << below(8));
  }
  return bytes;
}

function truncation(bytes: Uint8Array, _: Base, { below }: Numbers): Uint8Array {
  return bytes.subarray(0, below(bytes.length));
}

function opcodeSwaps(bytes: Uint8Array, { opcodes }: Base, { below, pick }: Numbers): Uint8Array {
  for (let i = 1 + below(4); i > 0; i--)
    bytes[opcodes.length > 0 ? pick(opcodes) : below(bytes.length)] = pick(OPCODES);
  return bytes;
}

/** Lengths, counts, offsets and indices: an operand becomes an extreme one. */
function lengths(bytes: Uint8Array, { opcodes }: Base, { below, pick, uniform }: Numbers): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 1 + below(3); i > 0; i--) {
    const at = (opcodes.length > 0 ? pick(opcodes) : below(bytes.length)) + 1;
    const value = uniform() < 0.7 ? pick(LENGTHS) : below(0xffffffff);
    const size = pick([1, 2, 4, 8]);
    if (at + size > bytes.length) continue;
    if (size === 1) view.setUint8(at, value & 255);
    else if (size === 2) view.setUint16(at, value & 65535, true);
    else if (size === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value) * pick([1n, 2n ** 31n, 2n ** 21n]), true);
  }
  return bytes;
}

/** A stretch is left out, repeated or moved. */
function splices(bytes: Uint8Array, { opcodes }: Base, { below, pick }: Numbers): Uint8Array {
  const place = () => (opcodes.length > 0 && below(4) > 0 ? pick(opcodes) : below(bytes.length));
  const [from = 0, to = 0] = [place(), place()].sort((a, b) => a - b);
  const stretch = bytes.subarray(from, to);
  switch (below(3)) {
    case 0:
      return join(bytes.subarray(0, from), bytes.subarray(to));
    case 1:
      return join(bytes.subarray(0, to), stretch, bytes.subarray(to));
    default: {
      const at = place();
      return join(bytes.subarray(0, at), stretch, bytes.subarray(at));
    }
  }
}

function insertions(bytes: Uint8Array, { opcodes }: Base, { below, pick }: Numbers): Uint8Array {
  const at = opcodes.length > 0 ? pick(opcodes) : below(bytes.length);
  const inserted = Uint8Array.from({ length: 1 + below(32) }, () => (below(2) === 0 ? pick(OPCODES) : below(256)));
  return join(bytes.subarray(0, at), inserted, bytes.subarray(at));
}

/** The beginning of one file and the end of another. */
function crossing(bytes: Uint8Array, { opcodes }: Base, { below, pick }: Numbers, bases: Base[]): Uint8Array {
  const other = pick(bases);
  const from = opcodes.length > 0 ? pick(opcodes) : below(bytes.length);
  const to = other.opcodes.length > 0 ? pick(other.opcodes) : below(other.bytes.length);
  return join(bytes.subarray(0, from), other.bytes.subarray(to));
}

function zeroRun(bytes: Uint8Array, _: Base, { below, pick }: Numbers): Uint8Array {
  const at = below(bytes.length);
  return bytes.fill(pick([0, 0xff, 0x80]), at, at + 1 + below(256));
}

// --- files made to hurt

const STOP = [0x2e];
const proto = (version = 4) => [0x80, version];

/** Name, and a file of about `size` bytes. */
export const BOMBS: readonly (readonly [string, (numbers: Numbers, size: number) => Uint8Array])[] = [
  ...(
    [
      ['empty dicts', [0x7d]],
      ['empty lists', [0x5d]],
      ['empty sets', [0x8f]],
      ['empty tuples', [0x29]],
      ['Nones', [0x4e]],
      ['marks', [0x28]],
      ['integers', [0x4b, 7]],
      ['floats', [0x47, 1, 2, 3, 4, 5, 6, 7, 8]],
      ['empty strings', [0x8c, 0]],
      ['empty bytes', [0x43, 0]],
      ['empty long integers', [0x8a, 0]],
      ['nested tuples', [0x85]],
      ['doubling tuples', [0x32, 0x86]],
      ['duplicates', [0x32]],
      ['memo entries', [0x94]],
      ['memo entries of one index', [0x71, 0]],
      ['memo reads', [0x94, 0x68, 0]],
      ['lists in lists', [0x5d, 0x61]],
      ['marks and tuples', [0x28, 0x74]],
      ['marks popped', [0x28, 0x31]],
      ['frames', [0x95, 0, 0, 0, 0, 0, 0, 0, 0]],
    ] as [string, number[]][]
  ).map(
    ([name, unit]) =>
      [
        name,
        (_: Numbers, size: number) => {
          const head = [...proto(), 0x5d];
          const bytes = new Uint8Array(head.length + size + 1);
          bytes.set(head);
          for (let i = 0; i < size; i++) bytes[head.length + i] = unit[i % unit.length] as number;
          bytes[bytes.length - 1] = 0x2e;
          return bytes;
        },
      ] as const,
  ),
  ...[0x8d, 0x8e, 0x96, 0x95].map(
    (code) =>
      [
        `a length of 2^62 after 0x${code.toString(16)}`,
        (_: Numbers, size: number) => join(proto(), [code, 0, 0, 0, 0, 0, 0, 0, 0x40], new Uint8Array(size)),
      ] as const,
  ),
  [
    'a sparse memo',
    (_, size) => join(proto(2), [0x4e, 0x72, ...uint32(size), 0x72, ...uint32(0xffffffff)], new Uint8Array(size), STOP),
  ],
  ['a long integer', (_, size) => join(proto(), [0x8b, ...uint32(size)], new Uint8Array(size).fill(0x7f), STOP)],
  [
    'dict entries that share a value',
    (_, size) => {
      const unit = [0x8c, 3, 97, 97, 97, 0x4e];
      let i = 0;
      const entries = filled(size - (size % 6), () => {
        const [place, entry] = [i % 6, Math.floor(i++ / 6)];
        const letter = place < 2 || place > 4 ? 0 : Math.floor(entry / 26 ** (place - 2)) % 26;
        return (unit[place] as number) + letter;
      });
      return join(proto(), [0x7d, 0x28], entries, [0x75], STOP);
    },
  ],
  ['modules that hold themselves', () => pickled(persistentModule(['_modules'], [0x7d, 0x94]))],
  ['one storage behind many parameters', (_, size) => pickled(manyViews(Math.min(size, 4000)))],
  ['one stream behind many storages', (_, size) => pickled(manyStorages(Math.min(500, size), size, false))],
  ['one text behind many storages', (_, size) => pickled(manyStorages(Math.min(500, size), size, true))],
  ['variables of TensorFlow', (_, size) => tensorflowOf(size)],
  ['one tuple built into many arrays', (_, size) => manyBuilds(size)],
  ['lists in lists by their memo', (_, size) => growingLists(size)],
  [
    'a global that runs programs',
    () => join(proto(), text('posix'), text('system'), [0x93], text('id'), [0x85, 0x52], STOP),
  ],
  ['a global in text', () => join(proto(2), ascii('cos\nsystem\n'), STOP)],
  ['a name without an end', (_, size) => join(proto(2), [0x63], new Uint8Array(size).fill(97))],
  [
    'random bytes',
    ({ below }, size) =>
      join(
        proto(2 + below(4)),
        filled(size, () => below(256)),
      ),
  ],
  [
    'random opcodes',
    ({ pick }, size) =>
      join(
        proto(),
        filled(size, () => pick(OPCODES)),
      ),
  ],
  [
    'a zip of deflated zeros',
    (_, size) => zipWith('archive/data.pkl', zeroDeflate(size), { method: 8, size: size * 900 }),
  ],
  [
    'a zip of deflated zeros that declares few',
    (_, size) => zipWith('archive/data.pkl', zeroDeflate(size), { method: 8, size: 9 }),
  ],
  [
    'a zip that declares much',
    (_, size) => zipWith('archive/data.pkl', new Uint8Array(size), { method: 8, size: 0xfffffff0 }),
  ],
  [
    'a zip that stores less',
    (_, size) => zipWith('archive/data.pkl', new Uint8Array(size), { method: 0, size: size * 7 }),
  ],
  ['a zip of many entries', (_, size) => zipOfMany(Math.floor(size / 60))],
  [
    'a stream with a huge storage',
    () =>
      join(
        [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e],
        [0x80, 2, 0x4d, 0xe9, 3, 0x2e],
        [0x80, 2, 0x7d, 0x2e],
        join(proto(2), storageId('0', 0x7fffffff), STOP),
        join(proto(2), [0x5d, 0x58, 1, 0, 0, 0, 0x30, 0x61], STOP),
        uint32(0x7fffffff),
        [0, 0, 0, 0],
      ),
  ],
];

function ascii(value: string): number[] {
  return [...value].map((character) => character.charCodeAt(0));
}

function text(value: string): number[] {
  return [0x8c, value.length, ...ascii(value)];
}

function uint32(value: number): number[] {
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
}

function storageId(key: string, count: number): number[] {
  const body = [0x28, ...unicode('storage'), ...ascii('ctorch\nFloatStorage\n'), ...unicode(key), ...unicode('cpu')];
  return [...body, 0x4a, ...uint32(count), 0x4e, 0x74, 0x51];
}

function unicode(value: string): number[] {
  return [0x58, ...uint32(value.length), ...ascii(value)];
}

function pickled(body: ArrayLike<number>): Uint8Array {
  return join(proto(), [0x7d], text('G_ema'), body, [0x73], STOP);
}

const RECONSTRUCT = [...text('torch_utils.persistence'), ...text('_reconstruct_persistent_obj'), 0x93];

/** A module whose state has one entry, which is put under itself. */
function persistentModule([group]: string[], inner: number[]): number[] {
  const children: number[] = [];
  for (const name of ['synthesis', 'mapping', 'a', 'b', 'c', 'd']) children.push(...text(name), 0x68, 1);
  // memo 0: the dict of modules; memo 1: the module, which is then set into that dict under six names
  const meta = [0x7d, 0x28, ...text('type'), ...text('class'), ...text('class_name'), ...text('Generator')];
  const state = [...text('state'), 0x7d, ...text(group as string), ...inner, 0x73, 0x75];
  return [...RECONSTRUCT, ...meta, ...state, 0x85, 0x52, 0x94, 0x68, 0, 0x28, ...children, 0x75, 0x30];
}

function manyViews(count: number): Uint8Array {
  const entries: number[] = [];
  for (let i = 0; i < count; i++) entries.push(...text(`p${i}`), 0x68, 0);
  const stream = [0x43, 4, 1, 2, 3, 4];
  const tensor = [
    ...[...text('torch._utils'), ...text('_rebuild_tensor_v2'), 0x93, 0x28],
    ...[...text('torch.storage'), ...text('_load_from_bytes'), 0x93, ...stream, 0x85, 0x52],
    ...[0x4b, 0, 0x4a, ...uint32(0x7fffffff), 0x85, 0x4b, 0, 0x85, 0x89, 0x7d, 0x74, 0x52, 0x94],
  ];
  const meta = [0x7d, 0x28, ...text('type'), ...text('class'), ...text('class_name'), ...text('Generator')];
  return join(
    RECONSTRUCT,
    meta,
    [...text('state'), 0x7d, ...text('_parameters'), 0x7d, ...tensor, 0x30, 0x28],
    entries,
    [0x75, 0x73, 0x75, 0x85, 0x52],
  );
}

/** A storage's own stream, whose pickle takes long and holds nothing. */
export function slowStream(size: number): Uint8Array {
  const body = new Uint8Array(size).fill(0x4e).map((code, i) => (i % 2 === 0 ? code : 0x30));
  return join(
    [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e],
    [0x80, 2, 0x4d, 0xe9, 3, 0x2e],
    [0x80, 2, 0x7d, 0x2e],
    join(proto(2), body, storageId('0', 1), STOP),
    join(proto(2), [0x5d, 0x58, 1, 0, 0, 0, 0x30, 0x61], STOP),
    [1, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 128, 63],
  );
}

/** Parameters of which each has a storage of its own, made of one and the same bytes object. */
function manyStorages(count: number, size: number, asText: boolean): Uint8Array {
  const stream = slowStream(2 * Math.floor(size / 2));
  // memo 0: the bytes, or the text that is encoded anew for each
  const text1 = asText ? Uint8Array.from(stream, (byte) => (byte < 128 ? byte : 0x3f)) : stream;
  const bytes = join([asText ? 0x58 : 0x42, ...uint32(text1.length)], text1, [0x94]);
  const load = [...text('torch.storage'), ...text('_load_from_bytes'), 0x93];
  const source = asText
    ? [...text('_codecs'), ...text('encode'), 0x93, 0x68, 0, ...text('latin1'), 0x86, 0x52]
    : [0x68, 0];
  const tensor = [
    ...[...text('torch._utils'), ...text('_rebuild_tensor_v2'), 0x93, 0x28],
    ...[...load, ...source, 0x85, 0x52],
    ...[0x4b, 0, 0x4b, 1, 0x85, 0x4b, 1, 0x85, 0x89, 0x7d, 0x74, 0x52],
  ];
  const entries: number[] = [];
  for (let i = 0; i < count; i++) entries.push(...text(`b4.p${i}.resample_filter`), ...tensor);
  const leaf = (name: string, group: string, inner: ArrayLike<number>) =>
    join(
      RECONSTRUCT,
      [0x7d, 0x28, ...text('type'), ...text('class'), ...text('class_name'), ...text(name)],
      [...[...text('state'), 0x7d, ...text(group), 0x7d, 0x28]],
      inner,
      [0x75, 0x73, 0x75, 0x85, 0x52],
    );
  const children = join(
    text('mapping'),
    leaf('MappingNetwork', '_buffers', []),
    text('synthesis'),
    leaf('SynthesisNetwork', '_buffers', entries),
  );
  return join(bytes, [0x30], leaf('Generator', '_modules', children));
}

function tensorflowOf(size: number): Uint8Array {
  const unit = [0x8c, 4, 97, 97, 97, 97, 0x4b, 1, 0x86];
  let i = 0;
  const variables = filled(size - (size % unit.length), () => {
    const [place, entry] = [i % unit.length, Math.floor(i++ / unit.length)];
    const letter = place < 2 || place > 5 ? 0 : Math.floor(entry / 26 ** (place - 2)) % 26;
    return (unit[place] as number) + letter;
  });
  return join(
    proto(),
    [...text('dnnlib.tflib.network'), ...text('Network'), 0x93, 0x29, 0x81],
    [0x7d, 0x28, ...text('version'), 0x4b, 4, ...text('static_kwargs'), 0x7d, ...text('variables'), 0x5d, 0x28],
    variables,
    [0x65, 0x75, 0x62],
    STOP,
  );
}

function manyBuilds(size: number): Uint8Array {
  const data = [0x58, ...uint32(4000), ...new Array<number>(4000).fill(97)];
  return join(
    proto(2),
    [...ascii('cnumpy\ndtype\n'), ...unicode('u1'), 0x85, 0x52, 0x71, 2, 0x30],
    [0x28, 0x4b, 1, 0x4d, 0xa0, 0x0f, 0x85, 0x68, 2, 0x89, ...data, 0x74, 0x71, 0, 0x30],
    [
      ...ascii('cnumpy.core.multiarray\n_reconstruct\n'),
      ...ascii('cnumpy\nndarray\n'),
      0x4b,
      0,
      0x85,
      0x4e,
      0x87,
      0x52,
    ],
    filled(
      size - (size % 3),
      (
        (i) => () =>
          [0x68, 0, 0x62][i++ % 3] as number
      )(0),
    ),
    STOP,
  );
}

/** One list, appended to itself as often as fits. */
function growingLists(size: number): Uint8Array {
  return join(
    proto(),
    [0x5d, 0x94],
    filled(
      size - (size % 4),
      (
        (i) => () =>
          [0x28, 0x68, 0, 0x65][i++ % 4] as number
      )(0),
    ),
    STOP,
  );
}

let zeros: Uint8Array | null = null;

/** Raw deflate of twenty million zeros, cut to size: about a thousandfold. */
function zeroDeflate(size: number): Uint8Array {
  zeros ??= deflateSync(new Uint8Array(20_000_000), { level: 9 });
  return zeros.subarray(0, size);
}

export function zipWith(
  name: string,
  data: Uint8Array,
  { method, size }: { method: number; size: number },
): Uint8Array {
  const shared = [20, 0, 0, 0, method, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...uint32(data.length), ...uint32(size)];
  const names = [name.length, 0, 0, 0];
  const local = join([0x50, 0x4b, 3, 4], shared, names, ascii(name), data);
  const central = join(
    [0x50, 0x4b, 1, 2, 20, 0],
    shared,
    names,
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    uint32(0),
    ascii(name),
  );
  return join(local, central, zipEnd(1, central.length, local.length));
}

function zipOfMany(count: number): Uint8Array {
  const entry = (i: number) =>
    join(
      [0x50, 0x4b, 1, 2, 20, 0, 20, 0],
      new Uint8Array(20),
      [4, 0, 0, 0],
      new Uint8Array(14),
      ascii(String(1000 + (i % 9000))),
    );
  const entries = join(...Array.from({ length: Math.max(1, count) }, (_, i) => entry(i)));
  return join([0x50, 0x4b, 3, 4], entries, zipEnd(count & 65535, entries.length, 4));
}

function zipEnd(count: number, size: number, offset: number): number[] {
  const two = [count & 255, count >> 8];
  return [0x50, 0x4b, 5, 6, 0, 0, 0, 0, ...two, ...two, ...uint32(size), ...uint32(offset), 0, 0];
}

function filled(size: number, next: () => number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = next();
  return bytes;
}

function join(...parts: ArrayLike<number>[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
