import { describe, expect, it } from 'vitest';
import { matchHamming } from './match-hamming.js';

/** Deterministic bytes. */
function bytes(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
}

function slow(queries: Uint8Array, train: Uint8Array) {
  const indices: number[] = [];
  const distances: number[] = [];
  for (let i = 0; i < queries.length; i += 32) {
    let best = 257;
    let index = -1;
    for (let j = 0; j < train.length; j += 32) {
      let distance = 0;
      for (let k = 0; k < 32; k++) {
        for (let x = queries[i + k]! ^ train[j + k]!; x; x &= x - 1) distance++;
      }
      if (distance < best) {
        best = distance;
        index = j / 32;
      }
    }
    indices.push(index);
    distances.push(best);
  }
  return { indices, distances };
}

describe('matchHamming', () => {
  for (const method of ['wasm', 'javascript'] as const) {
    it(`finds what a bit by bit search finds, for any number of descriptors: ${method}`, () => {
      for (const [n, m] of [
        [1, 1],
        [7, 9],
        [40, 64],
        [33, 203],
      ] as const) {
        const queries = bytes(n * 32, 5);
        const train = Buffer.from(bytes(m * 32, 9)); // of a pool: neither aligned nor alone in its memory
        const result = matchHamming(queries, train, { method });
        const expected = slow(queries, train);
        expect([...result.indices]).toEqual(expected.indices);
        expect([...result.distances]).toEqual(expected.distances);
      }
    });

    it(`takes the first on a tie, and knows distances 0 and 256: ${method}`, () => {
      const zero = new Uint8Array(32);
      const ones = new Uint8Array(32).fill(255);
      expect(matchHamming(zero, ones, { method })).toEqual({
        indices: new Int32Array([0]),
        distances: new Int32Array([256]),
      });
      const train = new Uint8Array(32 * 3);
      train.set(ones, 0);
      const result = matchHamming(zero, train, { method });
      expect([result.indices[0], result.distances[0]]).toEqual([1, 0]);
    });
  }

  it('is empty where a set is empty, and refuses half a descriptor', () => {
    expect(matchHamming(new Uint8Array(0), new Uint8Array(32)).indices).toHaveLength(0);
    expect(matchHamming(new Uint8Array(32), new Uint8Array(0)).indices).toHaveLength(0);
    expect(() => matchHamming(new Uint8Array(33), new Uint8Array(32))).toThrow('queries: expected 32 bytes');
  });
});
