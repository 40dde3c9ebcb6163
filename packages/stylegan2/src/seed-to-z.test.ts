import { describe, expect, it } from 'vitest';
import { largestDifference, readFixture } from '../test/fixtures.js';
import { StyleGan2ConfigError, seedToZ } from './index.js';

describe('seedToZ', () => {
  it.each([0, 7])('is what NumPy draws for seed %i', (seed) => {
    const { data } = readFixture('ada-128-paper').array(`z_seed${seed}`);
    expect(largestDifference(seedToZ(seed, 512), data)).toBe(0);
  });

  it('begins alike whatever the length', () => {
    expect([...seedToZ(0, 5)]).toEqual([...seedToZ(0, 6).slice(0, 5)]);
    expect(seedToZ(4294967295, 3)).toHaveLength(3);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e10, '4' as unknown as number, undefined])(
    'refuses a length of %s',
    (zDim) => {
      expect(() => seedToZ(0, zDim as number)).toThrow(StyleGan2ConfigError);
      expect(() => seedToZ(0, zDim as number)).toThrow(
        `seedToZ: zDim: expected an integer from 1 to 65536, got ${zDim}`,
      );
    },
  );

  it.each([-1, 1.5, 2 ** 32, Number.NaN])('refuses %d', (seed) => {
    expect(() => seedToZ(seed, 4)).toThrow(`expected an integer from 0 to 4294967295, got ${seed}`);
  });
});
