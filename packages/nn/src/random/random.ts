import * as tf from '@tensorflow/tfjs-core';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { InvalidArgumentError } from '../errors/errors.js';

/** A stream of random numbers, made on the host, equal on every backend and machine. */
export type Random = {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Standard normal (Marsaglia's polar form of Box and Muller). */
  normal(): number;
  /** Uniform integer in 0 … n − 1. */
  integer(n: number): number;
  /** Tensor of independent normals with mean 0. */
  normalTensor(shape: readonly number[], standardDeviation?: number): tf.Tensor;
  /** Tensor of independent uniforms in [low, high). */
  uniformTensor(shape: readonly number[], low?: number, high?: number): tf.Tensor;
  /** `items` in random order, as a new array. */
  shuffled<T>(items: readonly T[]): T[];
  /**
   * An independent stream that depends on this one's seed and on the label, but not on how much was drawn: adding a
   * draw in one place does not change the numbers elsewhere. The same label twice gives the same stream.
   */
  fork(label: string | number): Random;
};

type Words = [number, number, number, number];

/**
 * A seeded generator.
 *
 * @param seed any safe integer
 * @throws InvalidArgumentError if the seed is no safe integer
 */
export function createRandom(seed: number): Random {
  if (!Number.isSafeInteger(seed)) {
    throw new InvalidArgumentError(`createRandom: seed: expected a safe integer, got ${seed}`);
  }
  const key = mixWords([seed | 0, Math.floor(seed / 0x1_0000_0000) | 0, 0x5eed, 0], '');
  return build(key);
}

/** @param key four words, not all 0: where the stream begins, and what its forks derive from */
function build(key: Words): Random {
  const generator = xoroshiro128plusFromState(key);
  let spare: number | null = null; // the second of a pair of normals, not yet handed out

  const uniform = () => uniformFloat64(generator);
  const normal = () => {
    if (spare !== null) {
      const value = spare;
      spare = null;
      return value;
    }
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const radius = x * x + y * y;
      if (radius >= 1 || radius === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(radius)) / radius);
      spare = y * scale;
      return x * scale;
    }
  };
  const integer = (n: number) => {
    if (!Number.isSafeInteger(n) || n < 1) {
      throw new InvalidArgumentError(`random.integer: n: expected a positive integer, got ${n}`);
    }
    return n === 1 ? 0 : uniformInt(generator, 0, n - 1);
  };
  const fill = (shape: readonly number[], draw: () => number) => {
    const values = new Float32Array(tf.util.sizeFromShape(shape as number[]));
    for (let i = 0; i < values.length; i++) values[i] = draw();
    return tf.tensor(values, shape as number[]);
  };
  return {
    uniform,
    normal,
    integer,
    normalTensor: (shape, standardDeviation = 1) => fill(shape, () => standardDeviation * normal()),
    uniformTensor: (shape, low = 0, high = 1) => fill(shape, () => low + (high - low) * uniform()),
    shuffled: (items) => {
      const result = [...items];
      for (let i = result.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [result[i], result[j]] = [result[j]!, result[i]!];
      }
      return result;
    },
    fork: (label) => {
      const child = mixWords(key, `${typeof label}:${label}`);
      return build(child);
    },
  };
}

/** Four well-mixed words from four words and a label: MurmurHash3's finaliser over a running sum, twice around. */
function mixWords(words: Words, label: string): Words {
  let hash = 0x9e3779b9 | 0;
  const absorb = (word: number) => {
    hash = finalise((Math.imul(hash, 5) + 0x38495ab5 + word) | 0);
  };
  for (const word of words) absorb(word);
  for (let i = 0; i < label.length; i++) absorb(label.charCodeAt(i));
  absorb(label.length);
  const mixed = words.map((word, index) => {
    absorb(word ^ (index + 1));
    return hash;
  }) as Words;
  if (mixed.every((word) => word === 0)) mixed[0] = 1; // the one state that xoroshiro cannot leave
  return mixed;
}

function finalise(value: number): number {
  let word = value;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) | 0;
}
