import { seedToZ } from '@autodrag/stylegan2';
import { SeedError } from '../errors.js';

/**
 * The z of a seed, as NumPy's `RandomState(seed).randn` gives it, or a z as it is.
 *
 * @param seed a whole number from 0 to 2^32 - 1, or `[zDim]` values
 * @returns `[zDim]`
 * @throws SeedError naming the value, the rule and the way out
 */
export function latentFromSeed(seed: number | Float32Array, zDim: number): Float32Array {
  if (seed instanceof Float32Array) {
    if (seed.length !== zDim) {
      throw new SeedError(
        `sample: seed: this generator's z has ${zDim} values, got ${seed.length}. Give a whole number to draw one.`,
      );
    }
    if (!seed.every(Number.isFinite))
      throw new SeedError('sample: seed: expected finite values of z, got NaN or infinity.');
    return seed;
  }
  if (typeof seed !== 'number' || !Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
    throw new SeedError(
      `sample: seed: expected a whole number from 0 to 4294967295 or a Float32Array of ${zDim} values, got ${describe(seed)}. sample(7), for example.`,
    );
  }
  return seedToZ(seed, zDim);
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `the text '${value}'`;
  if (typeof value === 'object' && value !== null) return `an object (${value.constructor?.name ?? 'Object'})`;
  return String(value);
}
