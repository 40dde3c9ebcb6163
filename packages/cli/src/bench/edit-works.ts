import type { Autodrag, DragPoint } from '@autodrag/autodrag';
import type { Work } from './measure-in-turns.js';

/**
 * What an editor asks for: drags of one, five and 68 points in one call of the predictor and of one point in up to
 * four, and a preview. Each from the picture that is shown, whose features are known.
 *
 * @param w the code of that picture
 * @returns by name; `calls` is how many the last drag of up to four took
 */
export async function editWorks(
  autodrag: Autodrag,
  w: Float32Array,
  { clock, signal }: { clock: () => number; signal?: AbortSignal },
): Promise<{ works: Map<string, Work>; calls: () => number; dispose(): void }> {
  const session = await autodrag.open(w);
  let calls = 0;
  const drag =
    (points: readonly DragPoint[], most: number): Work =>
    async () => {
      const fresh = await autodrag.open(w);
      try {
        const from = clock();
        const result = await fresh.drag(points, { calls: most, signal });
        const time = clock() - from;
        if (most > 1) calls = result.calls;
        return time;
      } finally {
        fresh.dispose();
      }
    };
  const [one, most] = [pointsOf(autodrag, 1), autodrag.maxPoints];
  const works = new Map<string, Work>([['drag, 1 point, 1 call', drag(one, 1)]]);
  for (const count of [5, 68].filter((number) => number <= most)) {
    works.set(`drag, ${count} points, 1 call`, drag(pointsOf(autodrag, count), 1));
  }
  works.set('drag, 1 point, up to 4 calls', drag(one, 4));
  works.set('preview, 1 point', async () => void (await session.preview(one)));
  return { works, calls: () => calls, dispose: () => session.dispose() };
}

/** One point goes from the middle of the face to the left and down; several lie all over the middle. */
export function pointsOf({ width, height }: Autodrag, count: number): DragPoint[] {
  const at = (x: number, y: number) => ({ x: Math.round(x * (width - 1)), y: Math.round(y * (height - 1)) });
  if (count === 1) return [{ handle: at(0.6, 0.62), target: at(0.52, 0.66) }];
  const side = Math.ceil(Math.sqrt(count));
  return Array.from({ length: count }, (_, i) => {
    const [x, y] = [0.25 + (0.5 * (i % side)) / side, 0.25 + (0.5 * Math.floor(i / side)) / side];
    return { handle: at(x, y), target: at(x + 0.03, y + 0.02) };
  });
}
