import type { Box, PixelWindow, Subject } from '@autodrag/rendered-domain';

export type WeighedPicture = {
  readonly subject: Subject;
  readonly parts: readonly Box[];
  /** Side of the whole picture, in whose pixels parts and window are. */
  readonly resolution: number;
  readonly window: PixelWindow;
};

export type PixelWeights = {
  /**
   * How much more the middle of the subject counts than the corners of the picture, falling to nothing over its size.
   */
  readonly subject: number;
  /** How much more its parts count: small, hard, and what people drag. */
  readonly parts: number;
};

/** What every pixel of a window counts in the loss, 1 and more: `[height * width]`, into `out`. */
export function fillPixelWeights(
  { subject, parts, resolution, window }: WeighedPicture,
  weights: PixelWeights,
  out: Float32Array,
): void {
  for (let y = window.y, o = 0; y < window.y + window.height; y++) {
    for (let x = window.x; x < window.x + window.width; x++, o++) {
      const dx = ((x + 0.5) / resolution - subject.x) / subject.width;
      const dy = ((y + 0.5) / resolution - subject.y) / subject.height;
      let part = 0;
      // the share of the pixel that lies in a box: a box of two pixels counts at 16x16 too
      for (const box of parts) part = Math.max(part, overlap(x, box.x0, box.x1) * overlap(y, box.y0, box.y1));
      out[o] = 1 + weights.subject * Math.exp(-0.5 * (dx * dx + dy * dy)) + weights.parts * part;
    }
  }
}

/** How much of the pixel centred at `at` lies between `from` and `to`. */
function overlap(at: number, from: number, to: number): number {
  return Math.max(0, Math.min(at + 0.5, to) - Math.max(at - 0.5, from));
}
