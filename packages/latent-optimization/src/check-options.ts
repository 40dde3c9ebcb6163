import { InvalidArgumentError } from '@autodrag/nn';
import type { FeatureGenerator } from './feature-generator.js';

export type NumberRule = {
  /** The least value. */
  from?: number;
  /** Less than any value. */
  above?: number;
  whole?: boolean;
};

/**
 * Checks a number of the options; never NaN or infinite.
 *
 * @param where function and option, for the message
 * @throws InvalidArgumentError naming them, the rule and what it got
 */
export function checkNumber(where: string, value: unknown, { from, above, whole = false }: NumberRule): void {
  const kept =
    typeof value === 'number' &&
    Number.isFinite(value) &&
    (from === undefined || value >= from) &&
    (above === undefined || value > above) &&
    (!whole || Number.isInteger(value));
  if (kept) return;
  const limit = from === undefined ? `above ${above}` : `from ${from}`;
  throw new InvalidArgumentError(
    `${where}: expected a ${whole ? 'whole' : 'finite'} number ${limit}, got ${String(value)}`,
  );
}

/** Checks a count of steps: a whole number from 0, or `Infinity`. @throws InvalidArgumentError */
export function checkSteps(where: string, value: unknown): void {
  if (value !== Number.POSITIVE_INFINITY) checkNumber(where, value, { from: 0, whole: true });
}

/** Checks the height of a block. @throws InvalidArgumentError naming those that there are */
export function checkBlock(
  where: string,
  value: unknown,
  { config: { resolution, constSize } }: Pick<FeatureGenerator, 'config'>,
): void {
  const heights: number[] = [];
  for (let height = constSize[0]; height <= resolution; height *= 2) heights.push(height);
  if (heights.includes(value as number)) return;
  throw new InvalidArgumentError(
    `${where}: expected the height of a block, out of ${heights.join(', ')}, got ${String(value)}`,
  );
}
