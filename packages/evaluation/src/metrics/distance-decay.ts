import type { DragRecord } from '../run/drag-record.js';
import { mean } from './mean.js';

/**
 * MDD (Eq. 15) over time: the mean over drags of `MD_cur / MD_init`, the distance at a time over that at the beginning.
 * Before its first moment a drag is where it began, after its last one where it ended, and where nobody saw it where it
 * was before.
 *
 * @param times in milliseconds
 */
export function distanceDecay(
  records: readonly Pick<DragRecord, 'before' | 'curve'>[],
  times: readonly number[],
): number[] {
  return times.map((time) =>
    mean(
      records.map(({ before, curve }) => {
        let distance = before;
        for (const [milliseconds, there] of curve) {
          if (milliseconds <= time && Number.isFinite(there)) distance = there;
        }
        return distance / before;
      }),
    ),
  );
}
