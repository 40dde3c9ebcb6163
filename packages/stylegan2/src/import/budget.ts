import { CheckpointError } from './checkpoint-error.js';

/** Small files need some fixed room: a window to read through and the engine's own objects. */
export const BUDGET_FLOOR = 1024 * 1024;

/** Looks at a byte: opcodes of a pickle, elements of its containers. A whole file needs about one for each. */
const STEPS_PER_BYTE = 4;

/**
 * An account of the memory and of the time that reading one file may take. Memory: four times the file's own size (and
 * never less than {@link BUDGET_FLOOR}); everything is charged *before* it is allocated and nothing is ever refunded,
 * so the account is an upper bound of what lives at once. Time: four steps for each byte (and {@link BUDGET_FLOOR}
 * more), whatever refers to whatever how often.
 */
export type Budget = {
  charge(bytes: number, offset?: number): void;
  step(count: number, offset?: number): void;
  readonly used: number;
  readonly limit: number;
};

export function createBudget(fileSize: number): Budget {
  const limit = Math.max(4 * fileSize, BUDGET_FLOOR);
  const mostSteps = STEPS_PER_BYTE * fileSize + BUDGET_FLOOR;
  let used = 0;
  let steps = 0;
  return {
    step(count, offset) {
      steps += count;
      if (!(steps <= mostSteps)) {
        throw new CheckpointError('CHECKPOINT_LIMIT', `reading may take ${mostSteps} steps for this file`, {
          found: 'content that refers to itself more often than that',
          offset,
          wayOut: 'No real checkpoint does this; the file is damaged or hostile.',
        });
      }
    },
    charge(bytes, offset) {
      used += bytes;
      if (!(used <= limit)) {
        throw new CheckpointError('CHECKPOINT_LIMIT', `reading may allocate ${limit} bytes for this file`, {
          found: 'content that expands beyond that',
          offset,
          wayOut: 'No real checkpoint does this; the file is damaged or hostile.',
        });
      }
    },
    get used() {
      return used;
    },
    limit,
  };
}
