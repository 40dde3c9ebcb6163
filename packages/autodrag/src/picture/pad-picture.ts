import { InvalidArgumentError } from '@autodrag/nn';
import type { Picture } from './picture.js';

/** `square` adds white on both sides of an upright picture, above and below a wide one; `none` leaves it as it is. */
export type Padding = 'square' | 'none';

export type PadOptions = {
  /** @default 'square' */
  pad?: Padding;
};

/**
 * How a picture is shown: the size with the padding, and where in it the picture's pixel (0, 0) lies. What is at
 * `(x, y)` of the display is at `(x - left, y - top)` of the picture, which is where points are.
 */
export type Display = { readonly width: number; readonly height: number; readonly left: number; readonly top: number };

/**
 * Where a picture lies in its display.
 *
 * @throws InvalidArgumentError if there is no such padding
 */
export function displayOf(
  { width, height }: { width: number; height: number },
  { pad = 'square' }: PadOptions = {},
): Display {
  if (pad === 'none') return { width, height, left: 0, top: 0 };
  if (pad !== 'square') {
    throw new InvalidArgumentError(`pad: expected 'square' or 'none', got '${String(pad)}'`);
  }
  const side = Math.max(width, height);
  return { width: side, height: side, left: (side - width) >> 1, top: (side - height) >> 1 };
}

/** A picture as it is shown: padded with white. The picture itself where there is nothing to add. */
export function padPicture(picture: Picture, options?: PadOptions): Picture {
  const { width, height, left, top } = displayOf(picture, options);
  if (width === picture.width && height === picture.height) return picture;
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  const row = picture.width * 4;
  for (let y = 0; y < picture.height; y++) {
    data.set(picture.data.subarray(y * row, (y + 1) * row), ((y + top) * width + left) * 4);
  }
  return { width, height, data };
}
