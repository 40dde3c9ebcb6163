import { expect, test } from 'vitest';
import { InvalidArgumentError } from '../errors/errors.js';
import { constantSchedule, cosineSchedule, exponentialSchedule, warmup } from './schedules.js';

test('constant', () => {
  expect([0, 5, 1e6].map(constantSchedule(0.3))).toEqual([0.3, 0.3, 0.3]);
});

test('cosine with warm restarts', () => {
  const rate = cosineSchedule({ from: 1, to: 0.1, period: 10 });
  expect(rate(0)).toBe(1);
  expect(rate(5)).toBeCloseTo(0.55, 12);
  expect(rate(9)).toBeCloseTo(0.1 + 0.45 * (1 + Math.cos(0.9 * Math.PI)), 12);
  expect(rate(10)).toBe(1);
  expect(rate(25)).toBeCloseTo(0.55, 12);
});

test('cosine without restarts stays at its end; periods may grow', () => {
  const once = cosineSchedule({ from: 1, to: 0.1, period: 10, restarts: false });
  expect([once(0), once(10), once(999)]).toEqual([1, 0.1, 0.1]);
  const growing = cosineSchedule({ from: 1, to: 0, period: 10, growth: 2 });
  expect([growing(0), growing(10), growing(30), growing(70)]).toEqual([1, 1, 1, 1]);
  expect(growing(20)).toBeCloseTo(0.5, 12);
});

test('exponential', () => {
  const rate = exponentialSchedule({ from: 1, to: 0.01, period: 10 });
  expect(rate(0)).toBe(1);
  expect(rate(5)).toBeCloseTo(0.1, 12);
  expect(rate(50)).toBeCloseTo(0.01, 12);
});

test('warmup', () => {
  const rate = warmup(constantSchedule(2), 4);
  expect([0, 1, 2, 3, 4, 100].map(rate)).toEqual([0.5, 1, 1.5, 2, 2, 2]);
  expect(warmup(constantSchedule(2), 0)(0)).toBe(2);
});

test('nonsense is refused', () => {
  expect(() => cosineSchedule({ from: 1, to: 0, period: 0 })).toThrow(
    'cosineSchedule: period: expected a positive number, got 0',
  );
  expect(() => cosineSchedule({ from: 1, to: 0, period: 1, growth: 0.5 })).toThrow(InvalidArgumentError);
  expect(() => exponentialSchedule({ from: 1, to: 0, period: 1 })).toThrow(InvalidArgumentError);
});
