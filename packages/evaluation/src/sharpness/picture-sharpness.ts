import type { Box } from '@autodrag/rendered-domain';

/** How crisp a picture is beside the one that it should be, and whether its detail is in the right place. */
export type PictureSharpness = {
  /** Mean gradient magnitude over that of the reference: 1 is as crisp, less is softer. Over the whole picture. */
  readonly gradients: number;
  /** The same in the boxes. */
  readonly gradientsInParts: number;
  /**
   * Correlation in the boxes of what 2x2 averages leave of the two pictures, the finest level of a Laplacian pyramid: 1
   * where every line is where it should be, 0 where crispness is made up.
   */
  readonly correlationInParts: number;
  /** Mean absolute difference in the boxes. */
  readonly l1InParts: number;
};

/**
 * Figures that an L1 over the picture does not show: softness costs little of it.
 *
 * @param image `[side, side, 3]` in [-1, 1]
 * @param reference `[side, side, 3]`
 * @param boxes in pixels; what lies beyond the picture is left out
 */
export function pictureSharpness(
  image: Float32Array,
  reference: Float32Array,
  { side, boxes }: { side: number; boxes: readonly Box[] },
): PictureSharpness {
  const inBoxes = boxMask(side, boxes);
  const gradients = { image: 0, reference: 0, imageInParts: 0, referenceInParts: 0 };
  for (let y = 0; y < side - 1; y++) {
    for (let x = 0; x < side - 1; x++) {
      const a = gradientAt(image, side, x, y);
      const b = gradientAt(reference, side, x, y);
      gradients.image += a;
      gradients.reference += b;
      if (inBoxes[y * side + x]) {
        gradients.imageInParts += a;
        gradients.referenceInParts += b;
      }
    }
  }
  return {
    gradients: gradients.image / gradients.reference,
    gradientsInParts: gradients.imageInParts / gradients.referenceInParts,
    correlationInParts: correlation(finest(image, side), finest(reference, side), inBoxes),
    l1InParts: meanDifference(image, reference, inBoxes),
  };
}

function boxMask(side: number, boxes: readonly Box[]): Uint8Array {
  const mask = new Uint8Array(side * side);
  for (const { x0, y0, x1, y1 } of boxes) {
    for (let y = Math.max(0, Math.ceil(y0)); y <= Math.min(side - 1, y1); y++) {
      for (let x = Math.max(0, Math.ceil(x0)); x <= Math.min(side - 1, x1); x++) mask[y * side + x] = 1;
    }
  }
  return mask;
}

/** Gradient magnitude, the sum of the three channels'. */
function gradientAt(pixels: Float32Array, side: number, x: number, y: number): number {
  let sum = 0;
  for (let channel = 0; channel < 3; channel++) {
    const o = (y * side + x) * 3 + channel;
    sum += Math.hypot(pixels[o + 3]! - pixels[o]!, pixels[o + 3 * side]! - pixels[o]!);
  }
  return sum;
}

/** The picture without the averages over its 2x2 cells. */
function finest(pixels: Float32Array, side: number): Float32Array {
  const rest = pixels.slice();
  for (let y = 0; y + 1 < side; y += 2) {
    for (let x = 0; x + 1 < side; x += 2) {
      for (let channel = 0; channel < 3; channel++) {
        const o = (y * side + x) * 3 + channel;
        const cell = [o, o + 3, o + 3 * side, o + 3 * side + 3];
        const average = cell.reduce((sum, i) => sum + pixels[i]!, 0) / 4;
        for (const i of cell) rest[i]! -= average;
      }
    }
  }
  return rest;
}

/** Of two arrays `[pixels, 3]` whose means are zero, over the masked pixels. */
function correlation(a: Float32Array, b: Float32Array, mask: Uint8Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    if (!mask[Math.floor(i / 3)]) continue;
    ab += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  return ab / Math.sqrt(aa * bb + 1e-20);
}

function meanDifference(a: Float32Array, b: Float32Array, mask: Uint8Array): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < a.length; i++) {
    if (!mask[Math.floor(i / 3)]) continue;
    sum += Math.abs(a[i]! - b[i]!);
    count += 1;
  }
  return sum / count;
}
