import { seedToZ } from '@autodrag/stylegan2';
import { largestSize } from '../engine/largest-size.js';
import { SeedError } from '../errors.js';
import { describe } from './describe.js';

/** No normal distribution gives as much: its square would overflow where z is normalised. */
const largest = 1e6;

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
    const most = largestSize(seed);
    if (!(most <= largest)) {
      throw new SeedError(
        `sample: seed: expected finite values of z, of a normal distribution, got ${Number.isFinite(most) ? `up to ${most.toPrecision(2)}` : 'NaN or infinity'}.`,
      );
    }
    return seed.slice();
  }
  if (typeof seed !== 'number' || !Number.isInteger(seed) || seed < 0 || seed > 0xffffffff) {
    throw new SeedError(
      `sample: seed: expected a whole number from 0 to 4294967295 or a Float32Array of ${zDim} values, got ${typeof seed === 'string' ? 'the text ' : ''}${describe(seed)}. sample(7), for example.`,
    );
  }
  return seedToZ(seed, zDim);
}
