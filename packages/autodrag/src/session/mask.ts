import type { Mask } from '../engine/optimizer.js';
import { PointError } from '../errors.js';
import type { Picture } from '../picture/picture.js';
import { distance, type Point } from '../picture/points.js';

/**
 * Checks a mask against a picture.
 *
 * @throws PointError naming the rule, what it got and the way out
 */
export function checkMask(mask: Mask | undefined, { width, height }: { width: number; height: number }): void {
  if (mask === undefined) return;
  if (typeof mask?.length !== 'number' || mask.length !== width * height) {
    throw new PointError(
      `drag: mask: expected ${width} × ${height} = ${width * height} numbers, one for each pixel row by row, got ${mask?.length}.`,
    );
  }
  for (let i = 0; i < mask.length; i++) {
    if (!(mask[i]! >= 0 && mask[i]! <= 1)) {
      throw new PointError(
        `drag: mask: expected numbers from 0 (may change) to 1 (must stay), got ${mask[i]} for pixel (${i % width}, ${Math.floor(i / width)}).`,
      );
    }
  }
}

/**
 * Points of the fixed part, as far from one another and from the others as they can be: what a predictor, which knows
 * no mask, is asked to hold.
 *
 * @param count at most so many
 * @param others points that are dragged or held anyway
 */
export function maskAnchors(
  mask: Mask | undefined,
  { width, height }: { width: number; height: number },
  count: number,
  others: readonly Point[],
): Point[] {
  if (mask === undefined) return [];
  const spacing = Math.max(1, Math.round(Math.max(width, height) / 32));
  const free: Point[] = [];
  for (let y = Math.floor(spacing / 2); y < height; y += spacing) {
    for (let x = Math.floor(spacing / 2); x < width; x += spacing) {
      if (mask[y * width + x]! >= 0.5) free.push({ x, y });
    }
  }
  const chosen: Point[] = [];
  const apart = (point: Point) => Math.min(...[...others, ...chosen].map((other) => distance(point, other)));
  while (chosen.length < count) {
    let farthest: Point | null = null;
    let most = 3 * spacing; // nearer ones would only repeat what is held
    for (const point of free) {
      const away = apart(point);
      if (away > most) [farthest, most] = [point, away];
    }
    if (!farthest) break;
    chosen.push(farthest);
  }
  return chosen;
}

/** Mean absolute change of the fixed part of a picture, in steps of its 256. */
export function maskChange(mask: Mask, before: Picture, after: Picture): number {
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < mask.length; i++) {
    const fixed = mask[i]!;
    if (fixed === 0) continue;
    for (let channel = 0; channel < 3; channel++) {
      sum += fixed * Math.abs(before.data[4 * i + channel]! - after.data[4 * i + channel]!);
    }
    weight += 3 * fixed;
  }
  return weight > 0 ? sum / weight : 0;
}
