/**
 * A WebAssembly module of one function, assembled here byte by byte:
 *
 * `nearest(query, queryCount, train, trainEnd, outIndex, outDistance)`, all i32 addresses or counts.
 *
 * For each 256-bit query (32 bytes in a row) it finds the train descriptor with the smallest Hamming distance, the
 * first one on a tie. Only `i64.popcnt` of the first WebAssembly version is used: it becomes one instruction of the
 * processor for 64 bits, where SIMD has nothing wider than a byte. All four words are always counted: leaving out the
 * second half where the first one is too far already was tried and takes twice as long, because with ORB's descriptors
 * that is a branch that goes either way (38 % of the time here) and cannot be predicted.
 */

const I32 = 0x7f;
const I64 = 0x7e;

/** Train descriptors handled by one turn of the inner loop; the train set is padded to a multiple of it. */
export const HAMMING_UNROLL = 4;

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest ? low | 0x80 : low);
  } while (rest);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && !(low & 0x40)) || (rest === -1 && low & 0x40)) {
      bytes.push(low);
      return bytes;
    }
    bytes.push(low | 0x80);
  }
}

const section = (id: number, body: number[]) => [id, ...unsigned(body.length), ...body];
const text = (value: string) => [...unsigned(value.length), ...[...value].map((c) => c.charCodeAt(0))];

// Instructions.
const get = (local: number) => [0x20, ...unsigned(local)];
const set = (local: number) => [0x21, ...unsigned(local)];
const tee = (local: number) => [0x22, ...unsigned(local)];
const i32const = (value: number) => [0x41, ...signed(value)];
const i64const = (value: number) => [0x42, ...signed(value)];
const i64load = (offset: number) => [0x29, 3, ...unsigned(offset)];
const i32store = (offset: number) => [0x36, 2, ...unsigned(offset)];
const LOOP = [0x03, 0x40];
const BLOCK = [0x02, 0x40];
const IF = [0x04, 0x40];
const END = [0x0b];
const branch = (depth: number) => [0x0c, ...unsigned(depth)];
const branchIf = (depth: number) => [0x0d, ...unsigned(depth)];
const I32_EQZ = [0x45];
const I32_LT_U = [0x49];
const I32_ADD = [0x6a];
const I32_SUB = [0x6b];
const I32_SHR_U = [0x76];
const I64_LT_S = [0x53];
const I64_POPCNT = [0x7b];
const I64_ADD = [0x7c];
const I64_XOR = [0x85];
const I32_WRAP_I64 = [0xa7];

/** The module's bytes. It exports `memory` (grown by the caller) and `nearest`. */
export function hammingModule(): Uint8Array<ArrayBuffer> {
  // Parameters, then locals.
  const [query, queryCount, train, trainEnd, outIndex, outDistance] = [0, 1, 2, 3, 4, 5] as const;
  const [at, bestAt] = [6, 7] as const;
  const words = [8, 9, 10, 11] as const;
  const [distance, best] = [12, 13] as const;

  /** Compares the query with the train descriptor `k` places after `at`. */
  const step = (k: number) => [
    ...words.flatMap((word, n) => [
      ...get(word),
      ...get(at),
      ...i64load(k * 32 + n * 8),
      ...I64_XOR,
      ...I64_POPCNT,
      ...(n > 0 ? I64_ADD : []),
    ]),
    ...tee(distance),
    ...get(best),
    ...I64_LT_S,
    ...IF,
    ...get(distance),
    ...set(best),
    ...get(at),
    ...i32const(k * 32),
    ...I32_ADD,
    ...set(bestAt),
    ...END,
  ];

  const code = [
    ...BLOCK,
    ...LOOP,
    ...get(queryCount),
    ...I32_EQZ,
    ...branchIf(1),
    ...words.flatMap((word, n) => [...get(query), ...i64load(n * 8), ...set(word)]),
    ...i64const(257),
    ...set(best),
    ...get(train),
    ...tee(at),
    ...set(bestAt),
    ...LOOP,
    ...Array.from({ length: HAMMING_UNROLL }, (_, k) => step(k)).flat(),
    ...get(at),
    ...i32const(HAMMING_UNROLL * 32),
    ...I32_ADD,
    ...tee(at),
    ...get(trainEnd),
    ...I32_LT_U,
    ...branchIf(0),
    ...END,
    ...get(outIndex),
    ...get(bestAt),
    ...get(train),
    ...I32_SUB,
    ...i32const(5),
    ...I32_SHR_U,
    ...i32store(0),
    ...get(outDistance),
    ...get(best),
    ...I32_WRAP_I64,
    ...i32store(0),
    ...[
      [query, 32],
      [outIndex, 4],
      [outDistance, 4],
      [queryCount, -1],
    ].flatMap(([local, by]) => [...get(local!), ...i32const(by!), ...I32_ADD, ...set(local!)]),
    ...branch(0),
    ...END,
    ...END,
    ...END,
  ];
  const locals = [2, ...unsigned(2), I32, ...unsigned(6), I64];
  const body = [...locals, ...code];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 6, I32, I32, I32, I32, I32, I32, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 1]),
    ...section(7, [2, ...text('memory'), 2, 0, ...text('nearest'), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}
