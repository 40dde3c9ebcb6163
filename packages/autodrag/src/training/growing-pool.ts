import type { Random } from '@autodrag/nn';

export type GrowingPoolOptions = {
  /** Groups when a training starts, and at most. */
  readonly smallest: number;
  readonly largest: number;
  /** A new group comes every so many steps; where there are more than `largest`, the oldest goes. */
  readonly stepsPerGroup: number;
};

/**
 * Groups of samples that a training draws from. What is made costs as much as a step, so that it is used several times.
 *
 * @param make group `index` of an endless list; must depend on nothing else, or a resumed training would not go on as
 * it
 *   began
 * @returns for a step, a function that draws one of the samples that are there at it
 */
export function createGrowingPool<Sample>(
  make: (index: number) => Promise<readonly Sample[]>,
  { smallest, largest, stepsPerGroup }: GrowingPoolOptions,
): (step: number) => Promise<(from: Random) => Sample> {
  const groups = new Map<number, readonly Sample[]>();
  return async (step) => {
    const end = smallest + Math.floor(step / stepsPerGroup);
    const first = Math.max(0, end - largest);
    for (const index of groups.keys()) if (index < first) groups.delete(index);
    for (let index = first; index < end; index++) {
      if (!groups.has(index)) groups.set(index, await make(index));
    }
    return (from) => {
      const group = groups.get(first + from.integer(end - first))!;
      return group[from.integer(group.length)]!;
    };
  };
}
