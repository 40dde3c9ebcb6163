import { expect, test } from 'vitest';
import { decodeFloat16, encodeFloat16 } from './float16.js';

const bits = (value: number) => encodeFloat16(Float32Array.of(value))[0]!;

test('known patterns', () => {
  const cases: [number, number][] = [
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [0.1, 0x2e66],
    [1 / 3, 0x3555],
    [65504, 0x7bff],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [1023 * 2 ** -24, 0x03ff],
    [Number.POSITIVE_INFINITY, 0x7c00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
    [Number.NaN, 0x7e00],
  ];
  for (const [value, pattern] of cases) expect([value, bits(value)]).toEqual([value, pattern]);
});

test('every pattern survives decoding and encoding', () => {
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i).filter(
    (i) => (i & 0x7c00) !== 0x7c00 || (i & 0x3ff) === 0,
  );
  expect(encodeFloat16(decodeFloat16(all))).toEqual(all);
  expect(decodeFloat16(Uint16Array.of(0x7c01, 0xfe00))).toEqual(Float32Array.of(Number.NaN, Number.NaN));
});

test('rounds to the nearest, ties to even, between all neighbours', () => {
  const float = new Float32Array(1);
  const word = new Uint32Array(float.buffer);
  const neighbour = (value: number, step: number) => {
    float[0] = value;
    word[0] = word[0]! + step;
    return float[0]!;
  };
  const values = decodeFloat16(Uint16Array.from({ length: 0x7c00 }, (_, i) => i));
  for (let low = 0; low < 0x7bff; low++) {
    const tie = (values[low]! + values[low + 1]!) / 2;
    const got = encodeFloat16(Float32Array.of(neighbour(tie, -1), tie, neighbour(tie, 1), -tie));
    const even = low % 2 === 0 ? low : low + 1;
    if (got[0] !== low || got[1] !== even || got[2] !== low + 1 || got[3] !== (even | 0x8000)) {
      expect([low, ...got]).toEqual([low, low, even, low + 1, even | 0x8000]);
    }
  }
});

test('the end of the range', () => {
  expect(bits(65519.996)).toBe(0x7bff);
  expect(bits(65520)).toBe(0x7c00);
  expect(bits(1e30)).toBe(0x7c00);
  expect(bits(2 ** -25)).toBe(0);
  expect(bits(2 ** -25 * 1.0000001)).toBe(1);
  expect(bits(-1e-30)).toBe(0x8000);
});
