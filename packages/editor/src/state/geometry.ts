import type { DragPoint, Point } from '@autodrag/autodrag';
import type { EditorDocument } from './document.js';
import type { PointRef, View } from './state.js';

type Size = { readonly width: number; readonly height: number };

/** A 128th of the picture's longer side, in pixels: gestures and the brush are measured in these. */
export function unitOf({ width, height }: Size): number {
  return Math.max(width, height) / 128;
}

export function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** The nearest place in the picture: points are pixel centres. */
export function inside({ width, height }: Size, { x, y }: Point): Point {
  return { x: clamp(x, 0, width - 1), y: clamp(y, 0, height - 1) };
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** Where a point of the document is. */
export function placeOf({ points, anchors }: EditorDocument, { kind, index }: PointRef): Point | undefined {
  return kind === 'anchor' ? anchors[index] : points[index]?.[kind];
}

/** The point of the document that lies nearest, within `reach` pixels: targets first, as they lie on top. */
export function pointAt(document: EditorDocument, at: Point, reach: number): PointRef | null {
  const all: { ref: PointRef; place: Point }[] = [
    ...document.points.map(({ target }, index) => ({ ref: { kind: 'target', index } as const, place: target })),
    ...document.points.map(({ handle }, index) => ({ ref: { kind: 'handle', index } as const, place: handle })),
    ...document.anchors.map((place, index) => ({ ref: { kind: 'anchor', index } as const, place })),
  ];
  let best: PointRef | null = null;
  let least = reach;
  for (const { ref, place } of all) {
    const away = distance(place, at);
    if (away < least) {
      least = away;
      best = ref;
    }
  }
  return best;
}

/** The document with one of its points elsewhere. */
export function movePoint(document: EditorDocument, { kind, index }: PointRef, to: Point): EditorDocument {
  if (kind === 'anchor') return { ...document, anchors: document.anchors.map((at, i) => (i === index ? to : at)) };
  return {
    ...document,
    points: document.points.map((pair, i): DragPoint => (i === index ? { ...pair, [kind]: to } : pair)),
  };
}

/** Without a point: a handle takes its target with it, and the other way round. */
export function deletePoint(document: EditorDocument, { kind, index }: PointRef): EditorDocument {
  if (kind === 'anchor') return { ...document, anchors: document.anchors.filter((_, i) => i !== index) };
  return { ...document, points: document.points.filter((_, i) => i !== index) };
}

/** Of a view; at 1 the stage shows the whole picture. */
export const mostZoom = 16;

export const widestView = (size: Size): View => ({ zoom: 1, x: (size.width - 1) / 2, y: (size.height - 1) / 2 });

/** Keeps the picture in the stage. */
export function boundView(view: View, { width, height }: Size): View {
  const zoom = clamp(view.zoom, 1, mostZoom);
  const free = (length: number) => Math.max(0, (length - length / zoom) / 2);
  const middle = { x: (width - 1) / 2, y: (height - 1) / 2 };
  return {
    zoom,
    x: clamp(view.x, middle.x - free(width), middle.x + free(width)),
    y: clamp(view.y, middle.y - free(height), middle.y + free(height)),
  };
}
