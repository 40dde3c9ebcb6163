import { createPointTracker, matchFeatures } from '@autodrag/matching';
import * as tf from '@tensorflow/tfjs';
import { waves } from '../../../packages/matching/test/waves.js';
import type { Cases } from '../case.js';

/** Maps of an image of 64 pixels that has moved. */
const maps = (dx: number, dy: number) => ({ 16: waves(16, 12, 64, dx, dy, 1), 32: waves(32, 12, 64, dx, dy, 2) });

async function withMaps<T>(run: (first: ReturnType<typeof maps>, moved: ReturnType<typeof maps>) => Promise<T>) {
  const [first, moved] = [maps(0, 0), maps(5.3, -3.6)];
  try {
    return await run(first, moved);
  } finally {
    tf.dispose([first, moved]);
  }
}

export const matchingCases: Cases = {
  'tracker: where points went, and how sure that is': {
    run: () =>
      withMaps(async (first, moved) => {
        const points = [
          { x: 20, y: 30 },
          { x: 40.5, y: 33.25 },
        ];
        const tracker = await createPointTracker(first, points, { imageSize: 64 });
        const searches = points.map((around) => ({ around, window: 14 }));
        const found = await tracker.locate(moved, searches);
        const near = found.every(({ x, y }, i) => Math.hypot(x - points[i]!.x - 5.3, y - points[i]!.y + 3.6) < 0.5);
        return { places: found.flatMap(({ x, y, cost, distance }) => [x, y, cost, distance]), near };
      }),
  },
  'matches of two feature maps': {
    run: () =>
      withMaps(async (first, moved) => {
        const [pair] = await matchFeatures(first, moved, { stride: 8, imageSize: 64 });
        const { count, pointsA, pointsB, scores } = pair!;
        return { count, pointsA, pointsB, scores };
      }),
  },
};
