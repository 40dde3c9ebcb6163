import type { Frame } from '@autodrag/rendered-domain';
import { type Shape, toPicture } from './shape.js';

/** Pixels of the frame that may see a rectangle of the car frame. */
export function pixelBox(
  h: Shape,
  { left, right, bottom, top }: { left: number; right: number; bottom: number; top: number },
  { size, box }: Frame,
): Frame['box'] {
  const corners = [left, right].flatMap((x) => [bottom, top].map((y) => toPicture(h, { x, y })));
  const xs = corners.map(({ x }) => x * size);
  const ys = corners.map(({ y }) => y * size);
  return {
    x0: Math.max(box.x0, Math.floor(Math.min(...xs) - 1.5)),
    x1: Math.min(box.x1, Math.ceil(Math.max(...xs) + 0.5)),
    y0: Math.max(box.y0, Math.floor(Math.min(...ys) - 1.5)),
    y1: Math.min(box.y1, Math.ceil(Math.max(...ys) + 0.5)),
  };
}
