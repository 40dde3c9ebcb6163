import { type Autodrag, createAutodrag } from '@autodrag/autodrag';
import type { Judge } from '../judges/judge.js';
import { type LandmarkTaskOptions, landmarkTasks } from '../tasks/landmark-tasks.js';
import type { Figure, FigureTile } from './figure.js';

/**
 * The paper's Figure 6: the same drags of five points by the same predictor in one call, with the regularizer's
 * correction and without.
 */
export async function withAndWithoutFigure(
  autodrag: Autodrag,
  judge: Judge,
  { drags = 3, ...tasks }: Omit<LandmarkTaskOptions, 'points'> = {},
): Promise<Figure> {
  const { generator, predictor, regularizer } = autodrag;
  // it shares the models, which stay autodrag's: it is never disposed
  const without = createAutodrag({ generator, predictor, regularizer: null });
  const rows: { title: string; tiles: FigureTile[] }[] = [];
  for await (const { w, points } of landmarkTasks(autodrag, judge, { ...tasks, drags, points: 5 })) {
    const goals = points.map(({ target }) => target);
    const ends: FigureTile[] = [];
    for (const model of [autodrag, without]) {
      const session = await model.open(w);
      try {
        const codes: Float32Array[] = [];
        await session.drag(points, { calls: 1, onStep: (step) => codes.push(step.w) });
        ends.push({ w: codes.at(-1) ?? w, goals });
      } finally {
        session.dispose();
      }
    }
    rows.push({ title: '', tiles: [{ w, points }, ...ends] });
  }
  return { columns: ['before', 'with the regularizer', regularizer ? 'without' : 'without (there is none)'], rows };
}
