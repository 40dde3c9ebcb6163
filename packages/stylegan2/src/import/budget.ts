import { CheckpointError } from './checkpoint-error.js';

/** Small files need some fixed room: a window to read through and the engine's own objects. */
export const BUDGET_FLOOR = 1024 * 1024;

/**
 * An account of the memory that reading one file may take: four times the file's own size (and never less than
 * {@link BUDGET_FLOOR}). Everything is charged *before* it is allocated and nothing is ever refunded, so the account
 * is an upper bound of what lives at once.
 */
export type Budget = {
  charge(bytes: number, offset?: number): void;
  readonly used: number;
  readonly limit: number;
};

export function createBudget(fileSize: number): Budget {
  const limit = Math.max(4 * fileSize, BUDGET_FLOOR);
  let used = 0;
  return {
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
