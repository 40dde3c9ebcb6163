import { InvalidArgumentError } from '@autodrag/nn';
import type * as tf from '@tensorflow/tfjs-core';

/**
 * A picture in memory: RGBA, eight bits each, row by row. Assignable to what `new ImageData(data, width, height)`
 * takes.
 */
export type Picture = {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
};

/**
 * Reads a generated image back into memory: `round((v + 1) · 127.5)` in single precision, half to even, clamped,
 * opaque.
 *
 * @param image `[1, H, W, 3]` in [-1, 1]
 */
export async function pictureFromTensor(image: tf.Tensor4D): Promise<Picture> {
  const [, height, width] = image.shape;
  const values = await image.data();
  // Rounds, clamps and turns NaN to 0 by itself: one pass, where the device would need four over four times the bytes
  const data = new Uint8ClampedArray(width * height * 4);
  for (let from = 0, to = 0; to < data.length; from += 3, to += 4) {
    data[to] = level(values[from] as number);
    data[to + 1] = level(values[from + 1] as number);
    data[to + 2] = level(values[from + 2] as number);
    data[to + 3] = 255;
  }
  return { width, height, data };
}

/** In the steps of single precision, so that every backend's values give the levels that it would give itself. */
function level(value: number): number {
  return Math.fround(Math.fround(value * 127.5) + 127.5);
}

/** Puts a picture on a canvas, which takes the picture's size. Browser only; scale the canvas by CSS. */
export function drawPicture(picture: Picture, canvas: CanvasLike): void {
  const context = canvas.getContext('2d');
  if (!context)
    throw new InvalidArgumentError(
      "drawPicture: the canvas has no '2d' context. Give one that no other kind of context was taken from.",
    );
  if (canvas.width !== picture.width) canvas.width = picture.width;
  if (canvas.height !== picture.height) canvas.height = picture.height;
  const data = context.createImageData(picture.width, picture.height);
  data.data.set(picture.data);
  context.putImageData(data, 0, 0);
}

/** What `drawPicture` needs of an `HTMLCanvasElement` or an `OffscreenCanvas`. */
export type CanvasLike = {
  width: number;
  height: number;
  getContext(kind: '2d'): {
    createImageData(width: number, height: number): { data: Uint8ClampedArray };
    putImageData(image: { data: Uint8ClampedArray }, x: number, y: number): void;
  } | null;
};
