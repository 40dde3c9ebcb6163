import type { Draw } from '../draw.js';

/** Some axes, all if undefined; some count from the end. */
export function drawAxes(d: Draw, rank: number): number[] | undefined {
  if (d.int(0, 5) === 0) return undefined;
  const axes = Array.from({ length: rank }, (_, axis) => axis).filter(() => d.int(0, 1) === 0);
  return axes.map((axis) => (d.int(0, 5) === 0 ? axis - rank : axis));
}
