import type { DragMethod } from './drag-method.js';

/** Leaves the picture as it is: what every other method must beat. */
export const noEdit: DragMethod = {
  name: 'none',
  title: 'no edit',
  run: async (_, { w }) => ({
    moments: [{ milliseconds: 0, w }],
    steps: 0,
    forward: 0,
    backward: 0,
    milliseconds: 0,
  }),
};
