import type { DragOptions, DragOutcome, DragPoint, DragResult } from '@autodrag/autodrag';
import type { Case, Cases, Values } from '../case.js';
import { withSession } from '../models.js';

const pull: DragPoint[] = [{ handle: { x: 10, y: 12 }, target: { x: 16, y: 15 } }];
const several: DragPoint[] = [...pull, { handle: { x: 22, y: 20 }, target: { x: 19, y: 26 } }];
const lowerHalf = Float32Array.from({ length: 32 * 32 }, (_, i) => (i < 32 * 16 ? 0 : 1));

/** All that a drag tells. */
function told({ w, codes, image, moved, calls, passes, maskChange, attempt, ...outcome }: DragResult): Values {
  return {
    w,
    codes: codes.flatMap((code) => [...code]),
    image: shades(image.data),
    outcome: places(outcome),
    attempt: attempt ? places(attempt) : [],
    maskChange: maskChange ?? -1,
    told: `moved ${moved}, ${calls} calls, ${passes} passes`,
  };
}

/** Where everything is, and how far from where it should be. */
function places({ points, anchors, distanceAfter }: DragOutcome): number[] {
  const dragged = points.flatMap((point) => [point.reached.x, point.reached.y, point.distanceAfter]);
  return [...dragged, ...anchors.flatMap(({ reached, slip }) => [reached.x, reached.y, slip]), distanceAfter];
}

/** A picture from 0 to 1: one step of 256 is more than the tolerance, but rounding may take it. */
function shades(data: ArrayLike<number>): number[] {
  return Array.from(data, (value) => value / 255);
}

const drag = (points: DragPoint[], options: DragOptions, factor?: number): Case => ({
  run: () => withSession(async (session) => told(await session.drag(points, options))),
  ...(factor && { factor }),
});

/** Rounding to a step of 256 may go either way. */
const pictureFactor = 5;

export const editingCases: Cases = {
  'edit: the picture of a seed': {
    run: () => withSession(async ({ w, image }) => ({ w, image: shades(image.data) })),
    factor: pictureFactor,
  },
  'edit: a drag of one point, in one call': drag(pull, { calls: 1 }, pictureFactor),
  'edit: a drag of one point, in up to four calls': drag(pull, { calls: 4, tolerance: 0 }, pictureFactor),
  'edit: two points, an anchor and a mask': drag(
    several,
    { calls: 2, anchors: [{ x: 4, y: 5 }], mask: lowerHalf },
    pictureFactor,
  ),
  'edit: a preview, which keeps nothing': {
    run: () =>
      withSession(async (session) => {
        const { w } = session;
        const picture = await session.preview(pull);
        return { shown: shades(picture?.data ?? []), kept: session.w.every((value, i) => value === w[i]) };
      }),
    factor: pictureFactor,
  },
  'edit: undo, redo, and the frames of the motion': {
    run: () =>
      withSession(async (session) => {
        const { moved } = await session.drag(pull, { calls: 1 });
        const after = session.image.data;
        const back = await session.undo();
        const first = shades(session.image.data);
        const forth = await session.redo();
        const same = session.image.data.every((value, i) => value === after[i]);
        const frames: number[] = [];
        for await (const { data } of session.frames()) frames.push(...shades(data));
        return { first, frames, told: `moved ${moved}, back ${back}, forth ${forth}, same ${same}` };
      }),
    factor: pictureFactor,
  },
  'edit: the same seed and drag twice give the same, bit by bit': {
    run: async () => {
      const once = () => withSession((session) => session.drag(pull, { calls: 1 }));
      const [a, b] = [await once(), await once()];
      return {
        codes: a.w.every((value, i) => value === b.w[i]),
        pictures: a.image.data.every((value, i) => value === b.image.data[i]),
      };
    },
  },
  // a step of an optimisation follows signs and minima, which a rounding of features may turn
  'edit: a drag that is refined': drag(pull, { calls: 1, refine: { steps: 3 } }, 10 * pictureFactor),
  'edit: DragGAN, without a predictor': drag(pull, { method: 'draggan', steps: 2 }, 10 * pictureFactor),
  'edit: a drag that is stopped leaves everything as it was': {
    run: () =>
      withSession(async (session) => {
        const { w } = session;
        const controller = new AbortController();
        const onStep = () => controller.abort(new Error('enough'));
        const error = await session.drag(pull, { signal: controller.signal, onStep }).catch((reason: Error) => reason);
        return {
          stopped: error instanceof Error ? error.message : 'not stopped',
          kept: session.w.every((value, i) => value === w[i]),
        };
      }),
  },
};
