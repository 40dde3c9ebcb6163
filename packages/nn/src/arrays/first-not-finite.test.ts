import { expect, test } from 'vitest';
import { firstNotFinite } from './first-not-finite.js';

test('the first number that is not finite, also among the largest', () => {
  const most = 3.4e38;
  expect(firstNotFinite(new Float32Array())).toBe(-1);
  expect(firstNotFinite(new Float32Array(1000).fill(most))).toBe(-1);
  for (const odd of [Number.NaN, Infinity, -Infinity]) {
    expect(firstNotFinite(Float32Array.of(most, -most, odd, 1, Number.NaN))).toBe(2);
  }
  expect(firstNotFinite(Float32Array.of(Infinity, -Infinity))).toBe(0);
});
