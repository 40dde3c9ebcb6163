import type { Picture } from '@autodrag/autodrag';
import type { Stroke } from '../state/document.js';

/**
 * The picture on top where the mask is painted, the one below everywhere else, with a soft edge inside the strokes:
 * what is not painted stays as it is, bit by bit.
 */
export function composePicture(below: Picture, top: Picture, mask: readonly Stroke[]): Picture {
  if (!mask.length) return top;
  const { width, height } = below;
  const coverage = coverageOf(mask, { width, height });
  const data = new Uint8ClampedArray(below.data);
  for (let i = 0; i < coverage.length; i++) {
    const share = coverage[i] as number;
    if (share === 0) continue;
    for (let c = 4 * i; c < 4 * i + 3; c++) {
      const from = below.data[c] as number;
      data[c] = from + ((top.data[c] as number) - from) * share;
    }
  }
  return { width, height, data };
}

/** How much of each pixel may change, `[height * width]` from 0 to 1. */
export function coverageOf(
  mask: readonly Stroke[],
  { width, height }: { width: number; height: number },
): Float32Array<ArrayBuffer> {
  const coverage = new Float32Array(width * height);
  for (const { points, radius, erases } of mask) {
    const soft = Math.min(radius, 1 + radius / 4);
    points.forEach((to, i) => {
      const from = points[Math.max(0, i - 1)] ?? to;
      const left = Math.max(0, Math.floor(Math.min(from.x, to.x) - radius));
      const right = Math.min(width - 1, Math.ceil(Math.max(from.x, to.x) + radius));
      const top = Math.max(0, Math.floor(Math.min(from.y, to.y) - radius));
      const bottom = Math.min(height - 1, Math.ceil(Math.max(from.y, to.y) + radius));
      for (let y = top; y <= bottom; y++) {
        for (let x = left; x <= right; x++) {
          const share = Math.min(Math.max((radius - toSegment(x, y, from, to)) / soft, 0), 1);
          const at = y * width + x;
          const old = coverage[at] as number;
          coverage[at] = erases ? Math.min(old, 1 - share) : Math.max(old, share);
        }
      }
    });
  }
  return coverage;
}

/** What a drag has to leave as it is, by pixel: 1 where nothing is painted. Undefined where everything may change. */
export function fixedOutside(
  mask: readonly Stroke[],
  size: { width: number; height: number },
): Float32Array<ArrayBuffer> | undefined {
  return mask.length ? coverageOf(mask, size).map((share) => 1 - share) : undefined;
}

type Place = { readonly x: number; readonly y: number };

/** How far a pixel is from a line between two places. */
function toSegment(x: number, y: number, a: Place, b: Place): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.min(Math.max(((x - a.x) * dx + (y - a.y) * dy) / length, 0), 1);
  return Math.hypot(x - a.x - along * dx, y - a.y - along * dy);
}
