import { HAMMING_UNROLL, hammingModule } from './hamming-module.js';

/** The nearest train descriptor of every query. */
export type HammingMatches = {
  /** `[queries]` index into the train set, the first on a tie. */
  indices: Int32Array;
  /** `[queries]` differing bits, 0 to 256. */
  distances: Int32Array;
};

/** How `nearestHamming` counts bits. */
export type HammingMethod = 'wasm' | 'javascript';

type Kernel = {
  memory: WebAssembly.Memory;
  nearest: (
    query: number,
    queryCount: number,
    train: number,
    trainEnd: number,
    outIndex: number,
    outDistance: number,
  ) => void;
};

/** Queries a call. */
const PART = 128;

let compiled: WebAssembly.Module | null | undefined;

/** Compiled once; null where WebAssembly is missing or forbidden by a content security policy. */
function compile(): WebAssembly.Module | null {
  if (compiled === undefined) {
    try {
      compiled = new WebAssembly.Module(hammingModule());
    } catch {
      compiled = null;
    }
  }
  return compiled;
}

function nearestByWasm(
  module: WebAssembly.Module,
  queries: Uint8Array,
  train: Uint8Array,
): { indices: Int32Array; distances: Int32Array } {
  const queryCount = queries.length >> 5;
  const trainCount = train.length >> 5;
  const padded = Math.ceil(trainCount / HAMMING_UNROLL) * HAMMING_UNROLL;
  const trainAt = queries.length;
  const trainEnd = trainAt + padded * 32;
  const outIndex = trainEnd;
  const outDistance = outIndex + queryCount * 4;
  const bytes = outDistance + queryCount * 4;
  // A fresh instance: its memory goes with it, and it takes microseconds.
  const { memory, nearest } = new WebAssembly.Instance(module).exports as unknown as Kernel;
  if (bytes > memory.buffer.byteLength) memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / 65536));
  const heap = new Uint8Array(memory.buffer);
  heap.set(queries, 0);
  heap.set(train, trainAt);
  // Padding repeats row 0: never nearer than row 0 itself, so never chosen.
  for (let t = trainCount; t < padded; t++) heap.set(train.subarray(0, 32), trainAt + t * 32);
  // In parts, so that the engine can change to optimised code between two calls; within a call it cannot.
  for (let q = 0; q < queryCount; q += PART) {
    const count = Math.min(PART, queryCount - q);
    nearest(q * 32, count, trainAt, trainEnd, outIndex + q * 4, outDistance + q * 4);
  }
  return {
    indices: new Int32Array(memory.buffer, outIndex, queryCount).slice(),
    distances: new Int32Array(memory.buffer, outDistance, queryCount).slice(),
  };
}

/** Bits set in a 32-bit word, by adding neighbours in parallel. */
function popcount(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

function nearestByJavascript(queries: Uint8Array, train: Uint8Array): { indices: Int32Array; distances: Int32Array } {
  // copies, since the bytes may not be aligned; a Buffer.slice would be none
  const q = new Int32Array(new Uint8Array(queries).buffer);
  const t = new Int32Array(new Uint8Array(train).buffer);
  const queryCount = q.length >> 3;
  const indices = new Int32Array(queryCount);
  const distances = new Int32Array(queryCount);
  for (let i = 0; i < queryCount; i++) {
    const at = i * 8;
    const q0 = q[at]!;
    const q1 = q[at + 1]!;
    const q2 = q[at + 2]!;
    const q3 = q[at + 3]!;
    let best = 257;
    let bestAt = 0;
    for (let j = 0; j < t.length; j += 8) {
      let distance =
        popcount(q0 ^ t[j]!) + popcount(q1 ^ t[j + 1]!) + popcount(q2 ^ t[j + 2]!) + popcount(q3 ^ t[j + 3]!);
      if (distance >= best) continue;
      for (let k = 4; k < 8; k++) distance += popcount(q[at + k]! ^ t[j + k]!);
      if (distance < best) {
        best = distance;
        bestAt = j;
      }
    }
    indices[i] = bestAt >> 3;
    distances[i] = best;
  }
  return { indices, distances };
}

/**
 * Nearest neighbour of every query descriptor by Hamming distance, exhaustive and exact: what OpenCV's `BFMatcher`
 * with `NORM_HAMMING` returns, ties (the first wins) included. No argument checks; `matchHamming` is the public entry.
 *
 * @param queries `[n * 32]` 256-bit descriptors
 * @param train `[m * 32]`, m > 0
 */
export function nearestHamming(queries: Uint8Array, train: Uint8Array, method?: HammingMethod): HammingMatches {
  const module = method === 'javascript' ? null : compile();
  return module ? nearestByWasm(module, queries, train) : nearestByJavascript(queries, train);
}
