import { detach } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { absolute } from './absolute.js';
import type { Size } from './feature-generator.js';
import { type Place, sampleFeatures, tapsAt } from './sample-features.js';

const { fround } = Math;

/**
 * Motion supervision (Pan et al. 2023, Eq. 4): what is around each point, held constant, and what lies one pixel
 * farther towards the target, differentiable, must look alike: the step of the code that makes it so moves the point.
 * Mean over pixels and channels as in the published program (the paper sums), summed over points. A point within one
 * pixel of its target adds nothing.
 *
 * @param features `[1, h, w, C]`
 * @param points `[row, column]` in pixels of the picture
 * @param radius pixels nearer than this are moved
 */
export function motionSupervision(
  features: tf.Tensor4D,
  points: readonly Place[],
  targets: readonly Place[],
  radius: number,
  picture: Size,
): tf.Scalar {
  const map = { height: features.shape[1], width: features.shape[2] };
  return tf.tidy(() => {
    let total = tf.scalar(0);
    points.forEach((point, p) => {
      const direction = directionTo(point, targets[p]!);
      if (!direction) return;
      const pixels = pixelsAround(point, radius, picture);
      const ahead = pixels.map(
        ([row, column]): Place => [
          gridPosition(row, direction[0], picture.height),
          gridPosition(column, direction[1], picture.width),
        ],
      );
      const here = detach(sampleFeatures(features, tapsAt(pixels, picture, map)));
      const there = sampleFeatures(features, tapsAt(ahead, picture, map));
      total = tf.add(total, tf.mean(absolute(tf.sub(here, there))));
    });
    return total;
  });
}

/** Unit vector to the target in float32, or null within one pixel of it. */
function directionTo(point: Place, target: Place): Place | null {
  const down = fround(target[0] - point[0]);
  const right = fround(target[1] - point[1]);
  const length = fround(Math.sqrt(down ** 2 + right ** 2));
  if (!(length > 1)) return null;
  const norm = fround(length + fround(1e-7));
  return [fround(down / norm), fround(right / norm)];
}

/**
 * The pixels that move with a point: those nearer than the radius, on the published program's grid, whose pixels are
 * `size / (size - 1)` apart, so that the region leans to the upper left.
 */
export function pixelsAround([row, column]: Place, radius: number, { height, width }: Size): Place[] {
  const pixels: Place[] = [];
  const margin = radius + 2;
  const from = (centre: number) => Math.max(0, Math.floor(centre) - margin);
  const to = (centre: number, size: number) => Math.min(size - 1, Math.ceil(centre) + margin);
  for (let i = from(row); i <= to(row, height); i++) {
    for (let j = from(column); j <= to(column, width); j++) {
      const down = fround(gridLine(i, height) - row);
      const right = fround(gridLine(j, width) - column);
      const distance = fround(Math.sqrt(fround(fround(down * down) + fround(right * right))));
      if (distance < radius) pixels.push([i, j]);
    }
  }
  return pixels;
}

/** `linspace(0, size, size)[i]` in float32, from the nearer end as PyTorch computes it. */
function gridLine(i: number, size: number): number {
  const spacing = fround(size / (size - 1));
  return i < size / 2 ? fround(spacing * i) : fround(size - fround(spacing * (size - i - 1)));
}

/** Where a corner-aligned grid sampling in float32 reads, for the pixel `i + shift`. */
function gridPosition(i: number, shift: number, size: number): number {
  const grid = fround(fround(fround(fround(i + shift) / (size - 1)) * 2) - 1);
  return fround(fround(grid + 1) * fround((size - 1) / 2));
}
