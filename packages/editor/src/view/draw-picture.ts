import type { Picture, Point } from '@autodrag/autodrag';
import { coverageOf } from '../io/compose-picture.js';
import type { Stroke } from '../state/document.js';
import { unitOf } from '../state/geometry.js';
import type { EditorState } from '../state/state.js';
import { pixelCanvas } from './dom.js';
import type { Place } from './place-picture.js';

type Drawing = {
  /** Of a motion, instead of the current one. */
  readonly picture: Picture | null;
  readonly before: Picture | null;
  readonly hover: Point | null;
  readonly at: Place;
  /** Of the stage; `ratio` is the screen's own pixels in one of its. */
  readonly box: { readonly width: number; readonly height: number; readonly ratio: number };
};

/**
 * Draws the picture, what it was before, the mask and the brush, as sharp as the screen is; and nothing where all of
 * them are as they were: most moves of a pointer change points alone.
 */
export function createPictureDrawing(canvas: HTMLCanvasElement) {
  const pictures = new Map<Picture, HTMLCanvasElement>();
  let drawn: readonly unknown[] = [];
  const draw = (state: EditorState, drawing: Drawing): void => {
    const { picture, before, hover, at, box } = drawing;
    const now = picture ?? state.preview ?? state.document?.frame.picture ?? null;
    const first = state.compare === 'hold' ? (before ?? now) : now;
    const last = drawn;
    drawn = [first, ...contentOf(state, drawing), ...Object.values(at), ...Object.values(box)];
    if (drawn.length === last.length && drawn.every((part, i) => part === last[i])) return;
    again = () => draw(state, drawing);
    const context = begin(canvas, box);
    if (!first) return;
    context.imageSmoothingQuality = 'high';
    context.imageSmoothingEnabled = at.scale < 14; // nearer, one wants to see the pixels
    context.save();
    clipToSheet(context, first, at);
    paint(context, canvasOf(pictures, first), at);
    if (state.compare === 'slider' && before && now) {
      const edge = at.left + now.width * at.scale * state.split;
      drawBefore(context, canvasOf(pictures, before), { edge, at });
    }
    drawMask(context, state, at);
    context.restore();
    drawBrush(context, state, hover, at);
    keepOnly(pictures, [first, now, before]);
  };
  let again = () => {};
  // a graphics processor that comes back after a loss gives an empty canvas
  canvas.addEventListener('contextrestored', () => {
    drawn = [];
    again();
  });
  return draw;
}

/** What is drawn over the picture: where all of it is as before, so is the canvas. */
function contentOf({ compare, split, document, gesture, tool, radius }: EditorState, { before, hover }: Drawing) {
  const brush = gesture?.kind === 'brush' ? gesture : null;
  const slider = compare === 'slider' ? [before, split] : [null, 0];
  return [...slider, document?.mask, brush, tool, brush || hover ? radius : 0, hover?.x, hover?.y];
}

function begin(canvas: HTMLCanvasElement, { width, height, ratio }: Drawing['box']): CanvasRenderingContext2D {
  resize(canvas, Math.round(width * ratio), Math.round(height * ratio));
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** Round corners. */
function clipToSheet(context: CanvasRenderingContext2D, { width, height }: Picture, { scale, left, top }: Place): void {
  context.beginPath();
  context.roundRect(left, top, width * scale, height * scale, 12);
  context.clip();
}

/** The picture before, up to the slider's line. */
function drawBefore(
  context: CanvasRenderingContext2D,
  before: HTMLCanvasElement,
  { edge, at }: { edge: number; at: Place },
): void {
  const height = before.height * at.scale;
  context.save();
  context.beginPath();
  context.rect(at.left, at.top, edge - at.left, height);
  context.clip();
  paint(context, before, at);
  context.restore();
  context.fillStyle = '#fff';
  context.fillRect(edge - 1, at.top, 2, height);
}

function paint(context: CanvasRenderingContext2D, picture: HTMLCanvasElement, { scale, left, top }: Place): void {
  context.drawImage(picture, left, top, picture.width * scale, picture.height * scale);
}

function canvasOf(pictures: Map<Picture, HTMLCanvasElement>, picture: Picture): HTMLCanvasElement {
  const known = pictures.get(picture);
  if (known) return known;
  const canvas = pixelCanvas(picture);
  pictures.set(picture, canvas);
  return canvas;
}

function keepOnly(pictures: Map<Picture, unknown>, used: (Picture | null)[]): void {
  for (const picture of pictures.keys()) if (!used.includes(picture)) pictures.delete(picture);
}

function resize(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

let tinted: { mask: readonly Stroke[]; canvas: HTMLCanvasElement } | null = null;

/** What may change, in colour: strong while it is painted, else a hint. */
function drawMask(context: CanvasRenderingContext2D, state: EditorState, at: Place): void {
  const { document, gesture, info, radius } = state;
  if (!document || !info) return;
  const strokes =
    gesture?.kind === 'brush'
      ? [...document.mask, { points: gesture.points, radius: radius * unitOf(info), erases: gesture.erases }]
      : document.mask;
  if (!strokes.length) return;
  if (tinted?.mask !== strokes) {
    const coverage = coverageOf(strokes, info);
    const data = new Uint8ClampedArray(coverage.length * 4);
    for (const [i, share] of coverage.entries()) data.set([90, 140, 255, share * 255], 4 * i);
    tinted = { mask: strokes, canvas: pixelCanvas({ width: info.width, height: info.height, data }) };
  }
  context.globalAlpha = state.tool === 'mask' || state.tool === 'erase' ? 0.42 : 0.14;
  paint(context, tinted.canvas, at);
  context.globalAlpha = 1;
}

function drawBrush(
  context: CanvasRenderingContext2D,
  { tool, radius, info }: EditorState,
  hover: Point | null,
  at: Place,
): void {
  if (!hover || !info || (tool !== 'mask' && tool !== 'erase')) return;
  const [x, y] = [at.left + (hover.x + 0.5) * at.scale, at.top + (hover.y + 0.5) * at.scale];
  for (const [style, width] of [
    ['rgb(0 0 0 / .6)', 3.5],
    ['#fff', 1.5],
  ] as const) {
    context.beginPath();
    context.arc(x, y, radius * unitOf(info) * at.scale, 0, 7);
    context.strokeStyle = style;
    context.lineWidth = width;
    context.stroke();
  }
}
