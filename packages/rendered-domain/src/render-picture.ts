import { InvalidArgumentError } from '@autodrag/nn';
import type { PixelWindow } from './rendered-domain.js';

export type PictureOptions = {
  /** Side of the square picture in pixels, 4 to 4096. @default 128 */
  resolution?: number;
  /**
   * Samples a pixel along each axis, 1 to 8. Outlines are smoothed analytically, so 1 is enough at 64 and more.
   * @default 1
   */
  supersampling?: number;
  /** The part of the picture that is wanted, in whole pixels. @default all of it */
  crop?: PixelWindow;
  /**
   * Receives the pixels, `resolution * resolution * 3` long (`width * height * 3` of `crop`), for example a view into a
   * batch. @default a new array
   */
  out?: Float32Array;
};

/** What is painted of the picture of `size` pixels a side: the pixels of `box`, both ends included. */
export type Frame = {
  readonly size: number;
  readonly box: { readonly x0: number; readonly x1: number; readonly y0: number; readonly y1: number };
};

/**
 * The part of a renderer that all have in common: checks the options, and makes one picture of samples.
 *
 * @param caller the function whose options these are, for messages
 * @param paint fills `[height, width, 3]` of the frame's box, sRGB in [0, 1]
 * @returns `pixels` `[height, width, 3]` in [-1, 1]: `out` itself where it is given
 * @throws InvalidArgumentError for a bad resolution, a crop that is not within the picture, or `out` of another length
 */
export function renderPicture(
  caller: string,
  paint: (frame: Frame, out: Float32Array) => void,
  { resolution = 128, supersampling = 1, crop, out }: PictureOptions,
): { pixels: Float32Array } {
  const size = checkResolution(caller, resolution);
  if (!Number.isInteger(supersampling) || supersampling < 1 || supersampling > 8) {
    throw new InvalidArgumentError(
      `${caller}: supersampling: expected an integer from 1 to 8, got ${String(supersampling)}.`,
    );
  }
  const { x, y, width, height } = crop === undefined ? { x: 0, y: 0, width: size, height: size } : crop;
  if (crop !== undefined) checkCrop(caller, crop, size);
  const length = width * height * 3;
  if (out !== undefined && (!(out instanceof Float32Array) || out.length !== length)) {
    throw new InvalidArgumentError(
      `${caller}: out: expected a Float32Array of ${length} values (${height} x ${width} x 3), got ${out instanceof Float32Array ? out.length : String(out)}.`,
    );
  }
  const pixels = out ?? new Float32Array(length);
  const k = supersampling;
  const box = { x0: x * k, y0: y * k, x1: (x + width) * k - 1, y1: (y + height) * k - 1 };
  if (k === 1) {
    paint({ size, box }, pixels);
    for (let i = 0; i < length; i++) pixels[i] = 2 * pixels[i]! - 1;
    return { pixels };
  }
  const large = new Float32Array(length * k * k);
  paint({ size: size * k, box }, large);
  for (let j = 0, o = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      for (let channel = 0; channel < 3; channel++, o++) {
        let sum = 0;
        for (let dy = 0; dy < k; dy++) {
          for (let dx = 0; dx < k; dx++) sum += large[((j * k + dy) * width * k + i * k + dx) * 3 + channel]!;
        }
        pixels[o] = (2 * sum) / (k * k) - 1;
      }
    }
  }
  return { pixels };
}

/** Largest side of a picture: 4096 pixels. */
export function checkResolution(caller: string, resolution: unknown): number {
  if (typeof resolution === 'number' && Number.isInteger(resolution) && resolution >= 4 && resolution <= 4096)
    return resolution;
  throw new InvalidArgumentError(
    `${caller}: resolution: expected an integer from 4 to 4096, got ${String(resolution)}.`,
  );
}

function checkCrop(caller: string, { x, y, width, height }: PixelWindow, size: number): void {
  const inside = (start: number, length: number): boolean =>
    Number.isInteger(start) && Number.isInteger(length) && start >= 0 && length >= 1 && start + length <= size;
  if (inside(x, width) && inside(y, height)) return;
  throw new InvalidArgumentError(
    `${caller}: crop: expected whole pixels within ${size} x ${size}, got x ${x}, y ${y}, width ${width}, height ${height}.`,
  );
}
