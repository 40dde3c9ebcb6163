import { InvalidArgumentError } from '../errors/errors.js';
import type { UpdateOptions } from './optimizer.js';

/**
 * The learning rate of one parameter.
 *
 * @param where the function that was called
 * @throws InvalidArgumentError if it is no number
 */
export function rateOf(learningRate: UpdateOptions['learningRate'], name: string, where: string): number {
  const rate = typeof learningRate === 'number' ? learningRate : learningRate(name);
  if (!Number.isFinite(rate)) {
    throw new InvalidArgumentError(`${where}: learningRate: expected a number for '${name}', got ${rate}`);
  }
  return rate;
}
