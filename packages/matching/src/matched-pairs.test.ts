import { expect, test } from 'vitest';
import { matchedPairs } from './matched-pairs.js';

test('handles are in A, targets in B', () => {
  const scores = new Float32Array(3);
  // room for a third match that was not found
  const points = (...values: number[]) => Float32Array.of(...values, 9, 9);
  expect(matchedPairs({ pointsA: points(1, 2, 3, 4), pointsB: points(5, 6, 7, 8), scores, count: 2 })).toEqual([
    { handle: { x: 1, y: 2 }, target: { x: 5, y: 6 } },
    { handle: { x: 3, y: 4 }, target: { x: 7, y: 8 } },
  ]);
});
