import { InvalidArgumentError } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';

/** A place in an image, in pixels: x to the right, y down, (0, 0) is the centre of the upper left pixel. */
export type Point = { readonly x: number; readonly y: number };

/** What is at `handle` shall move to `target`; equal points ask it to stay. */
export type PointPair = { readonly handle: Point; readonly target: Point };

/** A batch of drags, padded to one number of points. */
export type PackedPoints = {
  /** `[B, P, 2]`, (x, y) in image pixels */
  handles: tf.Tensor3D;
  /** `[B, P, 2]` */
  targets: tf.Tensor3D;
  /** `[B, P]`: 1 for a point, 0 for padding */
  pointMask: tf.Tensor2D;
};

export type PackPointsOptions = {
  /**
   * Most points of one drag.
   * @default 68
   */
  maxPoints?: number;
  /** Number of points to pad to; by default that of the longest drag, at least 1. */
  padTo?: number;
};

/**
 * Drags as tensors, padded and masked.
 *
 * @throws InvalidArgumentError if a drag has more than `maxPoints` (or `padTo`) points or a coordinate is not finite
 */
export function packPoints(
  drags: readonly (readonly PointPair[])[],
  { maxPoints = 68, padTo }: PackPointsOptions = {},
): PackedPoints {
  const longest = Math.max(1, ...drags.map((pairs) => pairs.length));
  const count = padTo ?? longest;
  if (longest > Math.min(maxPoints, count)) {
    throw new InvalidArgumentError(
      `packPoints: expected at most ${Math.min(maxPoints, count)} points a drag, got ${longest}. Choose fewer points, or raise maxPoints or padTo.`,
    );
  }
  const handles = new Float32Array(drags.length * count * 2);
  const targets = new Float32Array(drags.length * count * 2);
  const mask = new Float32Array(drags.length * count);
  drags.forEach((pairs, b) => {
    pairs.forEach(({ handle, target }, p) => {
      const k = b * count + p;
      if (![handle.x, handle.y, target.x, target.y].every(Number.isFinite)) {
        throw new InvalidArgumentError(
          `packPoints: expected finite coordinates, got ${JSON.stringify({ handle, target })} in drag ${b}`,
        );
      }
      handles.set([handle.x, handle.y], 2 * k);
      targets.set([target.x, target.y], 2 * k);
      mask[k] = 1;
    });
  });
  return {
    handles: tf.tensor3d(handles, [drags.length, count, 2]),
    targets: tf.tensor3d(targets, [drags.length, count, 2]),
    pointMask: tf.tensor2d(mask, [drags.length, count]),
  };
}
