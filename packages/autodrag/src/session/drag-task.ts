import type { DragPoint, Point } from '../picture/points.js';

/** What is pulled, and what is held. */
export type DragTask = { readonly points: readonly DragPoint[]; readonly anchors: readonly Point[] };
