import type { Stroke } from '../state/document.js';

type Size = { readonly width: number; readonly height: number };
type Place = { readonly x: number; readonly y: number };

/** Pixels from left to right and from top to bottom, both ends within; none where `left > right`. */
export type Area = { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };

type Known = Size & { readonly mask: readonly Stroke[]; readonly coverage: Float32Array<ArrayBuffer> };

/** The ones that were asked for last: a pull asks for the same one with each of its pictures. */
let known: readonly Known[] = [];
const keeps = 4;

/**
 * How much of each pixel may change, `[height * width]` from 0 to 1. It is the caller's to read, and not to change.
 * Masks and strokes are compared by identity: they are never changed either.
 */
export function coverageOf(mask: readonly Stroke[], { width, height }: Size): Float32Array<ArrayBuffer> {
  const near = known.filter((one) => one.width === width && one.height === height);
  const size = { width, height };
  const found = near.find((one) => one.mask === mask) ?? { mask, ...size, coverage: paintedOver(near, mask, size) };
  known = [found, ...known.filter((one) => one !== found)].slice(0, keeps);
  return found.coverage;
}

/** On top of what is known of it: a mask grows by one stroke after the other. */
function paintedOver(near: readonly Known[], mask: readonly Stroke[], size: Size): Float32Array<ArrayBuffer> {
  const parts = near.filter(
    (one) => one.mask.length < mask.length && one.mask.every((stroke, i) => stroke === mask[i]),
  );
  const part = parts.sort((a, b) => b.mask.length - a.mask.length)[0];
  const coverage = part?.coverage.slice() ?? new Float32Array(size.width * size.height);
  for (const stroke of mask.slice(part?.mask.length ?? 0)) addStroke(coverage, size, stroke);
  return coverage;
}

/**
 * Paints a stroke into a coverage, or what has come to it since its first `from` points were painted.
 *
 * @returns the area that may have changed
 */
export function addStroke(coverage: Float32Array, size: Size, { points, radius, erases }: Stroke, from = 0): Area {
  let area: Area = { left: size.width, right: -1, top: size.height, bottom: -1 };
  for (let i = from; i < points.length; i++) {
    const to = points[i] as Place;
    const part = addSegment(coverage, size, { from: points[i - 1] ?? to, to, radius, erases });
    area = {
      left: Math.min(area.left, part.left),
      right: Math.max(area.right, part.right),
      top: Math.min(area.top, part.top),
      bottom: Math.max(area.bottom, part.bottom),
    };
  }
  return area;
}

type Segment = { readonly from: Place; readonly to: Place; readonly radius: number; readonly erases: boolean };

/** The edge is soft inside of the radius. Most pixels need no root: they are out of it, or within the edge. */
function addSegment(coverage: Float32Array, { width, height }: Size, { from, to, radius, erases }: Segment): Area {
  const soft = Math.min(radius, 1 + radius / 4);
  const [outer, inner] = [radius * radius, (radius - soft) ** 2];
  const left = Math.max(0, Math.floor(Math.min(from.x, to.x) - radius));
  const right = Math.min(width - 1, Math.ceil(Math.max(from.x, to.x) + radius));
  const top = Math.max(0, Math.floor(Math.min(from.y, to.y) - radius));
  const bottom = Math.min(height - 1, Math.ceil(Math.max(from.y, to.y) + radius));
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const [ax, ay] = [x - from.x, y - from.y];
      const along = length === 0 ? 0 : Math.min(Math.max((ax * dx + ay * dy) / length, 0), 1);
      const [ox, oy] = [ax - along * dx, ay - along * dy];
      const square = ox * ox + oy * oy;
      if (square >= outer) continue;
      const share = square <= inner ? 1 : (radius - Math.sqrt(square)) / soft;
      const at = y * width + x;
      const old = coverage[at] as number;
      coverage[at] = erases ? Math.min(old, 1 - share) : Math.max(old, share);
    }
  }
  return { left, right, top, bottom };
}
