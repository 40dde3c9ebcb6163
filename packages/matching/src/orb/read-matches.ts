import type { Matches } from '../matcher.js';

/**
 * Takes what a worker calls its matches only if they are some.
 *
 * @throws TypeError saying what they are instead
 */
export function readMatches(value: unknown): Matches {
  const { pointsA, pointsB, scores } = (value ?? {}) as Partial<Matches>;
  const arrays = [pointsA, pointsB, scores].every((array) => array instanceof Float32Array);
  if (!arrays || pointsA!.length !== 2 * scores!.length || pointsB!.length !== 2 * scores!.length) {
    throw new TypeError('a result that is no list of matches');
  }
  return { pointsA: pointsA!, pointsB: pointsB!, scores: scores!, count: scores!.length };
}
