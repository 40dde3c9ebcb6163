import type { Picture } from '@autodrag/autodrag';
import type { EditorState } from '../state/state.js';
import { pixelCanvas } from './dom.js';
import type { Place } from './place-picture.js';

type Drawing = {
  /** Of a motion, instead of the current one. */
  readonly picture: Picture | null;
  readonly before: Picture | null;
  readonly at: Place;
  /** Of the stage; `ratio` is the screen's own pixels in one of its. */
  readonly box: { readonly width: number; readonly height: number; readonly ratio: number };
};

/**
 * Draws the picture and what it was before, as sharp as the screen is; and nothing where both are as they were: most
 * moves of a pointer change points, or a mask, alone.
 */
export function createPictureDrawing(canvas: HTMLCanvasElement) {
  const pictures = new Map<Picture, HTMLCanvasElement>();
  let drawn: readonly unknown[] = [];
  const draw = (state: EditorState, drawing: Drawing): void => {
    const { picture, before, at, box } = drawing;
    const now = picture ?? state.preview ?? state.document?.frame.picture ?? null;
    const first = state.compare === 'hold' ? (before ?? now) : now;
    const last = drawn;
    const slider = state.compare === 'slider' ? [before, state.split] : [null, 0];
    drawn = [first, ...slider, ...Object.values(at), ...Object.values(box)];
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
    context.restore();
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
