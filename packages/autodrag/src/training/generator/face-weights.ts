import { type AvatarGeometry, avatarLandmarks, landmarkGroups } from '@autodrag/avatars';
import { type Box, boxAround } from './box.js';

export interface FaceWeightOptions {
  /**
   * How much more the middle of the face counts than the corners of the picture, falling to nothing over the size of
   * the head.
   */
  face: number;
  /** How much more eyes, brows and mouth count: small, hard, and what people drag. */
  parts: number;
}

/** Boxes around the left and right eye with its brow and around the mouth, in pixels of a `resolution` picture. */
export function partBoxes(geometry: AvatarGeometry, resolution: number): Box[] {
  const { names, points } = avatarLandmarks(geometry, { resolution });
  const side = (name: string): number[] =>
    [...landmarkGroups.eyes, ...landmarkGroups.brows].filter((i) => names[i]!.includes(name));
  const margin = 0.02 * resolution;
  return [side('left'), side('right'), landmarkGroups.mouth].map((indices) => boxAround(points, indices, margin));
}

/** A part of a picture, in whole pixels. */
export interface PixelWindow {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What every pixel of a window counts in the loss, 1 and more: `[height * width]`, into `out`. */
export function fillFaceWeights(
  geometry: AvatarGeometry,
  resolution: number,
  window: PixelWindow,
  { face, parts }: FaceWeightOptions,
  out: Float32Array,
): void {
  const { headX, headY, scale } = geometry;
  const width = 0.75 * scale;
  const boxes = partBoxes(geometry, resolution);
  for (let y = window.y, o = 0; y < window.y + window.height; y++) {
    for (let x = window.x; x < window.x + window.width; x++, o++) {
      const dx = ((x + 0.5) / resolution - headX) / width;
      const dy = ((y + 0.5) / resolution - headY) / width;
      let part = 0;
      // the share of the pixel that lies in a box: a box of two pixels counts at 16x16 too
      for (const box of boxes) part = Math.max(part, overlap(x, box.x0, box.x1) * overlap(y, box.y0, box.y1));
      out[o] = 1 + face * Math.exp(-0.5 * (dx * dx + dy * dy)) + parts * part;
    }
  }
}

/** How much of the pixel centred at `at` lies between `from` and `to`. */
function overlap(at: number, from: number, to: number): number {
  return Math.max(0, Math.min(at + 0.5, to) - Math.max(at - 0.5, from));
}
