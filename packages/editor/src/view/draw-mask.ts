import type { Point } from '@autodrag/autodrag';
import { type Area, addStroke, coverageOf } from '../io/coverage.js';
import type { Stroke } from '../state/document.js';
import { unitOf } from '../state/geometry.js';
import type { EditorState } from '../state/state.js';
import type { Place } from './place-picture.js';

/** What is on the canvas: the strokes of a mask, and as much as there was of the one that is being painted. */
type Painted = {
  readonly mask: readonly Stroke[];
  readonly coverage: Float32Array;
  readonly image: ImageData;
  /** Of the stroke that is being painted: null where there is none, or none yet. */
  readonly live: { readonly first: Point | undefined; readonly radius: number; readonly points: number } | null;
};

const colour = [90, 140, 255] as const;

/**
 * Shows what may change, in colour over the picture: strong while it is painted, else a hint. It has the picture's own
 * pixels, on a canvas that the browser enlarges, and while a stroke is painted only its last piece is drawn: so the
 * brush costs nothing that grows with the screen or with the mask.
 */
export function createMaskDrawing(canvas: HTMLCanvasElement) {
  let painted: Painted | null = null;
  const put = ({ image }: Painted, { left, right, top, bottom }: Area) => {
    if (right < left || bottom < top) return;
    canvas.getContext('2d')?.putImageData(image, 0, 0, left, top, right - left + 1, bottom - top + 1);
  };
  canvas.addEventListener('contextrestored', () => painted && put(painted, whole(canvas)));

  return (state: EditorState, { scale, left, top }: Place): void => {
    const { document, gesture, info, radius, tool } = state;
    const mask = document?.mask ?? [];
    const live = gesture?.kind === 'brush' && info ? { ...gesture, radius: radius * unitOf(info) } : null;
    canvas.hidden = !info || !(mask.length || live);
    if (canvas.hidden || !info) return;
    if (!painted || !continues(painted, { mask, live, info })) {
      painted = begin(mask, info);
      Object.assign(canvas, { width: info.width, height: info.height }); // and is empty
      put(painted, whole(canvas));
    }
    if (live && live.points.length > (painted.live?.points ?? 0)) {
      const area = addStroke(painted.coverage, info, live, painted.live?.points);
      tint(painted, area);
      put(painted, area);
      painted = { ...painted, live: { first: live.points[0], radius: live.radius, points: live.points.length } };
    }
    Object.assign(canvas.style, {
      ...{ transform: `translate(${left}px, ${top}px)`, opacity: tool === 'mask' || tool === 'erase' ? 0.42 : 0.14 },
      ...{ width: `${info.width * scale}px`, height: `${info.height * scale}px` },
    });
  };
}

const whole = ({ width, height }: { width: number; height: number }): Area => ({
  ...{ left: 0, right: width - 1, top: 0, bottom: height - 1 },
});

type Wanted = {
  readonly mask: readonly Stroke[];
  readonly live: Stroke | null;
  readonly info: { readonly width: number; readonly height: number };
};

/** Whether what is painted is a part of what is wanted, and nothing else. */
function continues({ mask, image, live }: Painted, wanted: Wanted): boolean {
  const { width, height } = wanted.info;
  if (mask !== wanted.mask || image.width !== width || image.height !== height) return false;
  if (!live) return true;
  const { first, radius, points } = live;
  return wanted.live?.points[0] === first && wanted.live?.radius === radius && wanted.live.points.length >= points;
}

function begin(mask: readonly Stroke[], { width, height }: { width: number; height: number }): Painted {
  const image = new ImageData(width, height);
  for (let i = 0; i < image.data.length; i += 4) image.data.set(colour, i);
  const painted = { mask, image, coverage: coverageOf(mask, { width, height }).slice(), live: null };
  tint(painted, whole(image));
  return painted;
}

function tint({ coverage, image: { data, width } }: Painted, { left, right, top, bottom }: Area): void {
  for (let y = top; y <= bottom; y++) {
    for (let at = y * width + left; at <= y * width + right; at++) data[4 * at + 3] = 255 * (coverage[at] as number);
  }
}
