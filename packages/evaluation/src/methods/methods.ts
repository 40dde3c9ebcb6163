import { autoDrag } from './auto-drag.js';
import type { DragMethod } from './drag-method.js';
import { noEdit } from './no-edit.js';
import { dragGanMethod, freeDragMethod } from './optimization.js';

/** All methods that need nothing but a model, by name. */
export const dragMethods: Readonly<Record<string, DragMethod>> = Object.fromEntries(
  [
    noEdit,
    autoDrag('one-call', 'Auto DragGAN, one call', { calls: 1 }),
    autoDrag('four-calls', 'Auto DragGAN, up to four calls', { calls: 4 }),
    autoDrag('refine', 'Auto DragGAN, up to four calls and refine', { calls: 4, refine: true }),
    dragGanMethod,
    freeDragMethod,
  ].map((method) => [method.name, method]),
);
