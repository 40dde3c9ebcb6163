import { type PictureOptions, renderPicture } from '@autodrag/rendered-domain';
import { paintAvatar } from './paint.js';
import { type AvatarParameters, checkAppearance, checkGeometry } from './parameters.js';

export type RenderAvatarOptions = PictureOptions;

/**
 * Draws an avatar. A pure function: the same parameters give the same pixels.
 *
 * @returns `pixels` `[resolution, resolution, 3]` (rows, columns, sRGB) in [-1, 1], or `[height, width, 3]` of `crop`:
 * `out` itself where it is given
 * @throws InvalidArgumentError for a parameter that is missing, not finite or far out of range, a bad resolution, a
 * crop that is not within the picture, or `out` of another length
 */
export function renderAvatar(
  parameters: AvatarParameters,
  options: RenderAvatarOptions = {},
): { pixels: Float32Array } {
  checkGeometry('renderAvatar', parameters?.geometry);
  checkAppearance('renderAvatar', parameters?.appearance);
  return renderPicture('renderAvatar', (frame, out) => paintAvatar(parameters, frame, out), options);
}
