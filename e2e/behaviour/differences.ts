import type { Outcome } from './run-cases.js';

/**
 * How far numbers are from those expected, array by array relative to the largest number expected, or to 1 if that is
 * more.
 *
 * @returns the largest of all arrays
 * @throws Error if there are other arrays, other words, or numbers that only one of the two has
 */
export function differenceBetween(actual: Outcome, expected: Outcome): number {
  if ('error' in expected) throw new Error(`on cpu: ${expected.error}`);
  if ('error' in actual) throw new Error(actual.error);
  const names = Object.keys(expected.values);
  if (String(Object.keys(actual.values)) !== String(names)) {
    throw new Error(`expected ${names}, got ${Object.keys(actual.values)}`);
  }
  return Math.max(...names.map((name) => differenceOf(name, actual.values[name]!, expected.values[name]!)));
}

type Read = string | readonly number[];

function differenceOf(name: string, actual: Read, expected: Read): number {
  if (typeof actual === 'string' || typeof expected === 'string') {
    if (actual !== expected) throw new Error(`${name}: expected '${expected}', got '${actual}'`);
    return 0;
  }
  if (actual.length !== expected.length) {
    throw new Error(`${name}: expected ${expected.length} numbers, got ${actual.length}`);
  }
  let [scale, worst] = [1, 0];
  for (const [i, want] of expected.entries()) {
    const got = actual[i]!;
    // what came through JSON is null where it was no number
    if (!Number.isFinite(want) || !Number.isFinite(got)) {
      throw new Error(`${name}: number ${i}: expected ${want}, got ${got}: finite numbers are compared only`);
    }
    scale = Math.max(scale, Math.abs(want));
    worst = Math.max(worst, Math.abs(got - want));
  }
  return worst / scale;
}
