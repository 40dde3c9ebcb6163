import type { PixelImage } from './image-like.js';

/** `[height * width]` luma. */
export type GreyImage = { readonly data: Uint8Array; readonly width: number; readonly height: number };

/**
 * Luma `0.299 R + 0.587 G + 0.114 B` with the fixed-point weights of OpenCV's `cvtColor`, so that the result is the
 * same to the bit. Alpha is ignored. Always a copy.
 */
export function toGrey({ data, width, height }: PixelImage): GreyImage {
  const pixels = width * height;
  const channels = data.length / pixels;
  const grey = new Uint8Array(pixels);
  if (channels === 1) grey.set(data);
  else {
    for (let i = 0, at = 0; i < pixels; i++, at += channels) {
      grey[i] = (data[at]! * 9798 + data[at + 1]! * 19235 + data[at + 2]! * 3735 + 16384) >> 15;
    }
  }
  return { data: grey, width, height };
}
