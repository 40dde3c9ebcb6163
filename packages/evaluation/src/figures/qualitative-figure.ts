import type { Autodrag } from '@autodrag/autodrag';
import type { Judge } from '../judges/judge.js';
import { remainingShare } from '../metrics/mean-distance.js';
import type { DragRecord } from '../run/drag-record.js';
import { unpackEditedLayers } from '../run/edited-layers.js';
import type { DragTask, PointCount } from '../tasks/drag-task.js';
import { type LandmarkTaskOptions, landmarkTasks } from '../tasks/landmark-tasks.js';
import { chooseDrags } from './choose-drags.js';
import type { Figure, FigureTile } from './figure.js';

export type QualitativeFigureOptions = {
  readonly points: PointCount;
  /** In the order of the columns. `none` is left out: the first column is what it would show. */
  readonly methods: readonly string[];
  readonly titles: Readonly<Record<string, string>>;
} & Pick<LandmarkTaskOptions, 'seed' | 'minimumDistance' | 'signal'>;

/** Ours, the best one first. */
const ownMethods = ['refine', 'four-calls', 'one-call'];

/**
 * Drags of a comparison as pictures, as in the paper's Figures 2, 8 and 10: before, with the points; after each method,
 * with rings where the landmarks should be and the share of the way that remains; and a picture that has them there.
 * The drags are the quartiles of our best method and the worst of every one. Starts are made again from the seed, ends
 * are in the records.
 *
 * @returns null where no record of these points holds a code
 */
export async function qualitativeFigure(
  autodrag: Pick<Autodrag, 'generator' | 'width' | 'height' | 'maxPoints'>,
  judge: Judge,
  records: readonly DragRecord[],
  { points, methods, titles, ...tasks }: QualitativeFigureOptions,
): Promise<Figure | null> {
  const shown = methods.filter((method) => method !== 'none');
  const own = ownMethods.find((name) => shown.includes(name)) ?? shown[0];
  const known = records.filter((record) => record.points === points && record.edited !== undefined);
  if (own === undefined || known.length === 0) return null;
  const chosen = chooseDrags(known, own, shown, titles);
  const last = Math.max(...chosen.map(({ task }) => task));
  const starts = new Map<number, DragTask>();
  for await (const task of landmarkTasks(autodrag, judge, { ...tasks, points, drags: last + 1 })) {
    if (chosen.some((drag) => drag.task === task.index)) starts.set(task.index, task);
  }
  const rows = chosen.flatMap(({ task: index, title }) => {
    const task = starts.get(index);
    if (!task) return [];
    const goals = task.points.map(({ target }) => target);
    const ends = shown.map((method): FigureTile | null => {
      const record = known.find((one) => one.task === index && one.method === method);
      if (!record) return null;
      const caption = `${(100 * remainingShare(record)).toFixed(0)} % remains`;
      return { w: unpackEditedLayers(task.w, record.edited!), goals, caption };
    });
    const before: FigureTile = { w: task.w, points: task.points };
    return [{ title, tiles: [before, ...ends, task.targetW && { w: task.targetW, goals }] }];
  });
  const columns = ['before', ...shown.map((method) => titles[method] ?? method), 'a picture that has them there'];
  return { columns, rows };
}
