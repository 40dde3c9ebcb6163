import { InvalidArgumentError } from '@autodrag/nn';
import { paintAvatar } from './paint.js';
import { type AvatarParameters, checkAppearance, checkGeometry, checkResolution } from './parameters.js';

export type RenderAvatarOptions = {
  /** Side of the square picture in pixels, 4 to 4096. @default 128 */
  resolution?: number;
  /** Samples a pixel along each axis, 1 to 8. Outlines are smoothed analytically, so 1 is enough at 64 and more. @default 1 */
  supersampling?: number;
  /** Receives the pixels, `resolution * resolution * 3` long, for example a view into a batch. @default a new array */
  out?: Float32Array;
};

/**
 * Draws an avatar. A pure function: the same parameters give the same pixels.
 *
 * @returns `pixels` `[resolution, resolution, 3]` (rows, columns, sRGB) in [-1, 1]: `out` itself where it is given
 * @throws InvalidArgumentError for a parameter that is missing, not finite or far out of range, a bad resolution, or `out` of another length
 */
export function renderAvatar(
  parameters: AvatarParameters,
  { resolution = 128, supersampling = 1, out }: RenderAvatarOptions = {},
): { pixels: Float32Array } {
  checkGeometry('renderAvatar', parameters?.geometry);
  checkAppearance('renderAvatar', parameters?.appearance);
  const size = checkResolution('renderAvatar', resolution);
  if (!Number.isInteger(supersampling) || supersampling < 1 || supersampling > 8) {
    throw new InvalidArgumentError(
      `renderAvatar: supersampling: expected an integer from 1 to 8, got ${String(supersampling)}.`,
    );
  }
  const length = size * size * 3;
  if (out !== undefined && (!(out instanceof Float32Array) || out.length !== length)) {
    throw new InvalidArgumentError(
      `renderAvatar: out: expected a Float32Array of ${length} values (${size} x ${size} x 3), got ${out instanceof Float32Array ? out.length : String(out)}.`,
    );
  }
  const pixels = out ?? new Float32Array(length);
  if (supersampling === 1) {
    paintAvatar(parameters, size, pixels);
    for (let i = 0; i < length; i++) pixels[i] = 2 * pixels[i]! - 1;
    return { pixels };
  }
  const k = supersampling;
  const large = new Float32Array(length * k * k);
  paintAvatar(parameters, size * k, large);
  for (let y = 0, o = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      for (let channel = 0; channel < 3; channel++, o++) {
        let sum = 0;
        for (let dy = 0; dy < k; dy++) {
          for (let dx = 0; dx < k; dx++) sum += large[((y * k + dy) * size * k + x * k + dx) * 3 + channel]!;
        }
        pixels[o] = (2 * sum) / (k * k) - 1;
      }
    }
  }
  return { pixels };
}
