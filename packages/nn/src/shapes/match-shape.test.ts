import { expect, expectTypeOf, test } from 'vitest';
import { ShapeError } from '../errors/errors.js';
import { matchShape } from './match-shape.js';

test('binds names and returns them', () => {
  const sizes = matchShape([3, 3, 8, 16], ['kh', 'kw', 'I', 'O'], 'f: weight');
  expect(sizes).toEqual({ kh: 3, kw: 3, I: 8, O: 16 });
  expectTypeOf(sizes.I).toEqualTypeOf<number>();
  expect(matchShape([], [], 'f: x')).toEqual({});
});

test('the message names the place, the rule and what it got', () => {
  expect(() => matchShape([1, 4], ['N', 8], 'demodulation: style')).toThrow(
    new ShapeError('demodulation: style: expected [N, 8], got [1, 4]'),
  );
  expect(() => matchShape([1], ['N', 'C'], 'f: x')).toThrow('f: x: expected [N, C], got [1]');
  expect(() => matchShape([1, 2, 3], ['N', 'C'], 'f: x')).toThrow(ShapeError);
});

test('a name occurring twice must mean the same size', () => {
  expect(matchShape([5, 5], ['N', 'N'], 'f: x')).toEqual({ N: 5 });
  expect(() => matchShape([5, 6], ['N', 'N'], 'f: x')).toThrow('expected [N, N], got [5, 6]');
});

test("a leading '...' takes any number of axes", () => {
  expect(matchShape([2, 3, 4], ['...', 'C'], 'f: x')).toEqual({ C: 4 });
  expect(matchShape([4], ['...', 4], 'f: x')).toEqual({});
  expect(() => matchShape([], ['...', 'C'], 'f: x')).toThrow('f: x: expected [..., C], got []');
  expect(() => matchShape([2, 3], ['...', 4], 'f: x')).toThrow(ShapeError);
});

test('a size of zero binds as zero', () => {
  expect(matchShape([0, 0], ['N', 'N'], 'f: x')).toEqual({ N: 0 });
  expect(() => matchShape([0, 1], ['N', 'N'], 'f: x')).toThrow(ShapeError);
});
