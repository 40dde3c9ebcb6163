import type { DragRecord } from '../run/drag-record.js';
import { mean } from './mean.js';

/**
 * MD (section 4.3): mean distance between landmarks of the edited picture and where they should be, in pixels at 512.
 *
 * @param size the longer side of the pictures
 */
export function meanDistance(records: readonly Pick<DragRecord, 'after'>[], size: number): number {
  return mean(records.map(({ after }) => (after * 512) / size));
}

/** What share of its distance a drag left. Below 1 it came nearer. */
export function remainingShare({ before, after }: Pick<DragRecord, 'before' | 'after'>): number {
  return after / before;
}
