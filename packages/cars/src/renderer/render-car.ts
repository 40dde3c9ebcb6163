import { type PictureOptions, renderPicture } from '@autodrag/rendered-domain';
import { paintBody, paintMirror } from './paint-body.js';
import { paintScene, paintShadow } from './paint-scene.js';
import { paintWheel } from './paint-wheel.js';
import { createPalette } from './palette.js';
import { type CarParameters, checkAppearance, checkGeometry } from './parameters.js';
import { createShape } from './shape.js';

/**
 * Draws a car. A pure function: the same parameters give the same pixels.
 *
 * @returns `pixels` `[resolution, resolution, 3]` (rows, columns, sRGB) in [-1, 1], or `[height, width, 3]` of `crop`:
 * `out` itself where it is given
 * @throws InvalidArgumentError for a parameter that is missing, not finite or out of range, a bad resolution, a crop
 * that is not within the picture, or `out` of another length
 */
export function renderCar(
  { geometry, appearance }: CarParameters = {} as CarParameters,
  options: PictureOptions = {},
): { pixels: Float32Array } {
  checkGeometry('renderCar', geometry);
  checkAppearance('renderCar', appearance);
  const shape = createShape(geometry);
  const palette = createPalette(appearance);
  return renderPicture(
    'renderCar',
    (frame, out) => {
      paintScene(shape, palette, frame, out);
      paintShadow(shape, palette, frame, out);
      paintBody(shape, palette, frame, out);
      paintMirror(shape, palette, frame, out);
      for (const wheel of [shape.rear, shape.front]) paintWheel(shape, palette, wheel, frame, out);
    },
    options,
  );
}
