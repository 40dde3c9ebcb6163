import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';

/** What the values of a tensor are drawn from. */
export type Values =
  /** Whole numbers of -4 ... 4: sums and products of some thousand of them are exact in float32. */
  | 'whole'
  /** Whole numbers, and now and then NaN, an infinity or -0. */
  | 'special'
  /** Any float32 of a magnitude that does not overflow when some are multiplied. */
  | 'real';

/** Makes the same tensor on whichever backend is current. */
export type Input = (() => tf.Tensor) & { readonly shape: number[] };

/** Draws sizes, options and tensors; fast-check makes them smaller when a case fails. */
export class Draw {
  constructor(private readonly generator: fc.GeneratorValue) {}

  int(min: number, max: number): number {
    return this.generator(() => fc.integer({ min, max }));
  }

  pick<T>(...values: readonly T[]): T {
    return values[this.int(0, values.length - 1)]!;
  }

  /** Sizes mostly of 1 to `max`; now and then 0. */
  size(max: number, min = 0): number {
    return min === 0 && this.int(0, 19) === 7 ? 0 : this.int(Math.max(1, min), max);
  }

  shape(minRank: number, maxRank: number, max = 5): number[] {
    return Array.from({ length: this.int(minRank, maxRank) }, () => this.size(max));
  }

  /** Two shapes that broadcast. */
  broadcastShapes(maxRank = 4, max = 5): [number[], number[]] {
    const shape = this.shape(0, maxRank, max);
    const thin = (from: number[]) =>
      from.slice(this.int(0, 2) === 0 ? this.int(0, from.length) : 0).map((size) => (this.int(0, 3) === 0 ? 1 : size));
    return this.int(0, 1) === 0 ? [shape, thin(shape)] : [thin(shape), thin(shape)];
  }

  values(size: number, dtype: 'float32' | 'int32' | 'bool', values: Values): number[] {
    const seed = this.int(0, 0x3fffffff);
    const density = values === 'special' ? this.pick(0.02, 0.1, 0.3) : 0;
    const random = mulberry32(seed);
    return Array.from({ length: size }, () => {
      if (dtype === 'bool') return random() < 0.5 ? 0 : 1;
      if (dtype === 'int32' && values === 'real') return Math.round((random() - 0.5) * 2e5);
      if (dtype === 'float32' && values === 'real')
        return Math.fround((random() - 0.5) * 2 ** Math.round(random() * 8));
      if (dtype === 'float32' && random() < density) return specials[Math.floor(random() * specials.length)]!;
      return Math.round(random() * 8) - 4 || 0;
    });
  }

  tensor(shape: number[], values: Values = 'special', dtype: 'float32' | 'int32' | 'bool' = 'float32'): Input {
    const data = this.values(
      shape.reduce((product, size) => product * size, 1),
      dtype,
      values,
    );
    return this.given(shape, data, dtype);
  }

  given(shape: number[], data: readonly number[], dtype: 'float32' | 'int32' | 'bool'): Input {
    const array =
      dtype === 'float32' ? Float32Array.from(data) : dtype === 'int32' ? Int32Array.from(data) : Uint8Array.from(data);
    return Object.assign(() => tf.tensor(array.slice(), shape, dtype), { shape });
  }

  dtype(): 'float32' | 'int32' | 'bool' {
    return this.pick('float32', 'float32', 'int32', 'bool');
  }
}

const specials = [Number.NaN, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, -0];

export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
