import { expect, it } from 'vitest';
import { reversed } from './motion-pool.js';

it('a motion the other way starts where it ended, with the layers that are kept', () => {
  // Three codes of one edited layer with two channels; one layer is kept.
  const motion = {
    start: Float32Array.of(1, 2, 8, 9),
    codes: Float32Array.of(1, 2, 3, 4, 5, 6),
    reach: 0.5,
    matches: {
      pointsA: Float32Array.of(10, 11),
      pointsB: Float32Array.of(20, 21),
      count: 1,
      scores: Float32Array.of(0.9),
    },
  };
  const back = reversed(motion, 2);
  expect([...back.start]).toEqual([5, 6, 8, 9]);
  expect([...back.codes]).toEqual([5, 6, 3, 4, 1, 2]);
  expect([...back.matches.pointsA]).toEqual([20, 21]);
  expect([...back.matches.pointsB]).toEqual([10, 11]);
  expect(back.reach).toBe(0.5);
  expect(reversed(back, 2)).toEqual(motion);
});
