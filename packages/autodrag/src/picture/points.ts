/**
 * A position in pixels of the picture: x to the right, y down, `(0, 0)` the centre of the top left pixel. Padding that
 * a picture is shown with does not count.
 */
export type Point = { readonly x: number; readonly y: number };

/** One dragged point: what is at `handle` should come to lie at `target`. */
export type DragPoint = { readonly handle: Point; readonly target: Point };

/** Euclidean distance of two points, in pixels. */
export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** The point that lies `length` pixels from `from` towards `to`, or `to` itself where that is nearer. */
export function towards(from: Point, to: Point, length: number): Point {
  const whole = distance(from, to);
  if (whole <= length) return to;
  const share = length / whole;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

/** Moves a point into the picture, where the nearest pixel centre of the border is. */
export function clampPoint(point: Point, size: { width: number; height: number }): Point {
  return {
    x: Math.min(Math.max(point.x, 0), size.width - 1),
    y: Math.min(Math.max(point.y, 0), size.height - 1),
  };
}

/** `(12.5, 40)`, for messages. */
export function formatPoint(point: Point): string {
  return `(${round(point.x)}, ${round(point.y)})`;
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}
