import type { DragOptions } from '@autodrag/autodrag';
import type { DragMethod, Moment } from './drag-method.js';

/**
 * Auto DragGAN: the model's own predictor, by an edit session.
 *
 * @param options of `session.drag`
 */
export function autoDrag(name: string, title: string, options: DragOptions): DragMethod {
  return {
    name,
    title,
    async run(autodrag, { w, points, anchors, mask }, { signal } = {}) {
      const session = await autodrag.open(w);
      try {
        const moments: Moment[] = [];
        const from = performance.now();
        let latest = w;
        const result = await session.drag(points, {
          ...options,
          anchors,
          mask,
          signal,
          onStep: (step) => {
            latest = step.w;
          },
          onCall: () => moments.push({ milliseconds: performance.now() - from, w: latest }),
        });
        const milliseconds = performance.now() - from;
        return {
          moments: [...moments, { milliseconds, w: result.w }],
          steps: result.calls,
          // the first picture, too, and where steps were tried the last one
          forward: result.calls + 1 + result.passes + result.looks + (result.looks > 3 ? 1 : 0),
          backward: result.passes,
          milliseconds,
        };
      } finally {
        session.dispose();
      }
    },
  };
}
