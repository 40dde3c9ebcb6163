import { expect, it } from 'vitest';
import { tweenCodes } from './tween-codes.js';

it('cuts each way into pieces and ends on the last code', () => {
  const codes = [new Float32Array([0, 8]), new Float32Array([4, 0]), new Float32Array([4, 4])];
  expect(tweenCodes(codes, 2).map((code) => [...code])).toEqual([
    [0, 8],
    [2, 4],
    [4, 0],
    [4, 2],
    [4, 4],
  ]);
  expect(tweenCodes(codes, 1)).toEqual(codes);
  expect(tweenCodes([], 3)).toEqual([]);
});
