import type { Interval } from '../metrics/bootstrap-interval.js';
import type { PointCount } from '../tasks/drag-task.js';

/** A number as tables show it; a dash for what is not known. */
export function numberCell(value: number | null, digits: number): string {
  return value === null || !Number.isFinite(value) ? '–' : value.toFixed(digits);
}

/** A value and its interval, in other units by a factor. */
export function intervalCell({ value, low, high }: Interval, digits: number, factor = 1): string {
  return `${numberCell(factor * value, digits)} [${numberCell(factor * low, digits)}, ${numberCell(factor * high, digits)}]`;
}

export function pointsTitle(points: PointCount): string {
  if (points === 'anchors') return '1 point, two anchors';
  if (points === 'mask') return '1 point, all that is far from it fixed by a mask';
  return points === 'all' ? 'all points' : points === 1 ? '1 point' : `${points} points`;
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
