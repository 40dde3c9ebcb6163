import type { DragPoint, Point } from '@autodrag/autodrag';
import { UsageError } from './command.js';

/**
 * Reads `x,y:x,y`, handle then target.
 *
 * @throws UsageError
 */
export function parseDrag(text: string): DragPoint {
  const parts = text.split(':');
  if (parts.length !== 2) throw wrongDrag(text);
  const handle = parsePair(parts[0] as string);
  const target = parsePair(parts[1] as string);
  if (!handle || !target) throw wrongDrag(text);
  return { handle, target };
}

/**
 * Reads `x,y`.
 *
 * @throws UsageError
 */
export function parseAnchor(text: string): Point {
  const point = parsePair(text);
  if (!point) throw new UsageError(`--anchor: expected x,y in pixels, as in 64,20, got '${text}'.`);
  return point;
}

function parsePair(text: string): Point | null {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length !== 2 || parts.some((part) => part === '')) return null;
  // 'nan' and 'inf' pass: the check of the points names the rule that they break
  const [x, y] = parts.map((part) => (/^[+-]?(nan|inf(inity)?)$/i.test(part) ? Number.NaN : Number(part))) as [
    number,
    number,
  ];
  if (parts.some((part, i) => Number.isNaN(i ? y : x) && !/^[+-]?(nan|inf(inity)?)$/i.test(part))) return null;
  return { x, y };
}

function wrongDrag(text: string): UsageError {
  return new UsageError(`--drag: expected handle and target as x,y:x,y in pixels, as in 64,80:64,92, got '${text}'.`);
}
