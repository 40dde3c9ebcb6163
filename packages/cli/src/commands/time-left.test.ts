import { expect, it } from 'vitest';
import { timeLeft } from './time-left.js';

const at = (step: number, secondsPerStep: number) => ({
  event: 'train' as const,
  ...{ step, steps: 100, phase: '', metrics: { step }, secondsPerStep, etaSeconds: secondsPerStep * (100 - step) },
});

it('tells the time of a training, and of those after it', () => {
  expect(timeLeft(at(40, 2))).toBe('2 min 00 s left');
  expect(timeLeft(at(40, 2), (pace) => 1000 * pace)).toBe('2 min 00 s left, about 35 min 20 s in all');
  expect(timeLeft(at(0, 0))).toBe('');
  expect(timeLeft(at(100, 2), () => 5)).toBe('');
});
