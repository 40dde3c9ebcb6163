import type { Point } from '@autodrag/autodrag';
import type { EditorState } from '../state/state.js';

/** Where the picture's top left corner is in the stage, and how many pixels of the screen one of its own takes. */
export type Place = { readonly scale: number; readonly left: number; readonly top: number };

/** The picture takes so much of the stage at zoom 1. */
const filled = 0.96;

/** @param box of the stage, in pixels of the screen */
export function placePicture({ info, view }: EditorState, { width, height }: { width: number; height: number }): Place {
  const scale = Math.min(width / (info?.width ?? 1), height / (info?.height ?? 1)) * filled * view.zoom;
  return { scale, left: width / 2 - (view.x + 0.5) * scale, top: height / 2 - (view.y + 0.5) * scale };
}

/** From pixels of the picture, (0, 0) is the centre of the top left one, to the stage. */
export function toStage({ scale, left, top }: Place, { x, y }: Point): Point {
  return { x: left + (x + 0.5) * scale, y: top + (y + 0.5) * scale };
}

/** The other way. */
export function toPixel({ scale, left, top }: Place, { x, y }: Point): Point {
  return { x: (x - left) / scale - 0.5, y: (y - top) / scale - 0.5 };
}
