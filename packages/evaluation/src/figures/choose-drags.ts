import { remainingShare } from '../metrics/mean-distance.js';
import type { DragRecord } from '../run/drag-record.js';

/** A drag that is shown, and why. */
export type ChosenDrag = { readonly task: number; readonly title: string };

/**
 * The drags of a qualitative figure, by a rule and not by eye: of a method of ours the quartiles, and of every method
 * the drag that it did worst.
 *
 * @param records of one count of points
 * @param own the method whose quartiles are shown
 * @param methods whose worst drags are shown
 * @param titles by method
 */
export function chooseDrags(
  records: readonly DragRecord[],
  own: string,
  methods: readonly string[],
  titles: Readonly<Record<string, string>>,
): ChosenDrag[] {
  const ranked = (method: string) =>
    records
      .filter((record) => record.method === method && Number.isFinite(record.after))
      .sort((a, b) => remainingShare(a) - remainingShare(b) || a.task - b.task);
  const ours = ranked(own);
  const at = (share: number) => ours[Math.round(share * (ours.length - 1))]?.task;
  const wishes = [
    { task: at(0.25), title: 'lower quartile' },
    { task: at(0.5), title: 'median' },
    { task: at(0.75), title: 'upper quartile' },
    ...methods.map((method) => ({ task: ranked(method).at(-1)?.task, title: `worst of ${titles[method] ?? method}` })),
  ];
  const chosen = new Map<number, string[]>();
  for (const { task, title } of wishes) {
    if (task !== undefined) chosen.set(task, [...(chosen.get(task) ?? []), title]);
  }
  return [...chosen].map(([task, why]) => ({ task, title: why.join('; ') }));
}
