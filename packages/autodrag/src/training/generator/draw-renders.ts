import type { Random } from '@autodrag/nn';
import {
  drawLatent,
  type Landmarks,
  type PixelWindow,
  type RenderedDomain,
  type Subject,
} from '@autodrag/rendered-domain';
import * as tf from '@tensorflow/tfjs-core';
import type { GeneratorStage } from './generator-settings.js';
import { fillPixelWeights } from './pixel-weights.js';
import { type WindowCorner, windowBlock } from './synthesize-window.js';

/** A batch of what the generator must give. The tensors are the caller's. */
export type Renders = {
  /** `[2 · batch, zDim]`: the latents of geometry, then those of appearance */
  readonly z: tf.Tensor2D;
  /** `[batch, side, side, 3]` in [-1, 1]: the pictures, or their windows */
  readonly target: tf.Tensor4D;
  /** `[batch, side, side, 1]`, 1 and more */
  readonly weight: tf.Tensor4D;
  /** `[batch, L, 2]`, in pixels of the window */
  readonly points: tf.Tensor3D;
  /** `[batch, L]`: 1 where a landmark is seen in the window, else 0 */
  readonly seen: tf.Tensor2D;
  /** Where the windows are; null where the pictures are whole. */
  readonly corners: readonly WindowCorner[] | null;
  readonly side: number;
  dispose(): void;
};

/** The share of windows that lie about the subject; the others lie anywhere. */
const windowsOnSubjects = 0.75;

/**
 * Draws pictures of a domain and renders them, or a window of each, at the stage's resolution.
 *
 * @param neutral whether all get the plainest appearance: where the layers that know it have no say yet
 */
export function drawRenders(
  draw: Random,
  domain: RenderedDomain,
  { resolution, batchSize, faceWeight = 0, partsWeight = 0, window }: GeneratorStage,
  { neutral }: { neutral: boolean },
): Renders {
  const side = window ?? resolution;
  const area = side * side;
  const L = domain.landmarkNames.length;
  const zDim = domain.latentDimensions;
  const codes = new Float32Array(2 * batchSize * zDim);
  const pixels = new Float32Array(batchSize * area * 3);
  const weights = new Float32Array(batchSize * area);
  const points = new Float32Array(batchSize * L * 2);
  const seen = new Float32Array(batchSize * L);
  const corners: WindowCorner[] = [];
  for (let i = 0; i < batchSize; i++) {
    const shapeCode = drawLatent(draw, zDim);
    const colourCode = drawLatent(draw, zDim);
    codes.set(shapeCode, i * zDim);
    codes.set(colourCode, (batchSize + i) * zDim);
    const subject = domain.subject(shapeCode);
    const crop = { x: 0, y: 0, width: side, height: side };
    if (window !== undefined) {
      const cell = resolution / windowBlock;
      const corner = drawCorner(draw, subject, window / cell);
      corners.push(corner);
      crop.x = corner.column * cell;
      crop.y = corner.row * cell;
    }
    const out = pixels.subarray(i * area * 3, (i + 1) * area * 3);
    domain.render(shapeCode, neutral ? new Float32Array(zDim) : colourCode, { resolution, crop, out });
    const boxes = domain.parts(shapeCode, { resolution });
    fillPixelWeights(
      { subject, parts: boxes, resolution, window: crop },
      { subject: faceWeight, parts: partsWeight },
      weights.subarray(i * area, (i + 1) * area),
    );
    const landmarks = domain.landmarks(shapeCode, { resolution });
    fillLandmarks(landmarks, crop, points.subarray(i * L * 2, (i + 1) * L * 2), seen.subarray(i * L));
  }
  const tensors = {
    z: tf.tensor2d(codes, [2 * batchSize, zDim]),
    target: tf.tensor4d(pixels, [batchSize, side, side, 3]),
    weight: tf.tensor4d(weights, [batchSize, side, side, 1]),
    points: tf.tensor3d(points, [batchSize, L, 2]),
    seen: tf.tensor2d(seen, [batchSize, L]),
  };
  return {
    ...tensors,
    corners: window === undefined ? null : corners,
    side,
    dispose: () => tf.dispose(Object.values(tensors)),
  };
}

/** A window of `side` cells: around the subject give or take a few cells, or anywhere. */
function drawCorner(draw: Random, { x, y }: Subject, side: number): WindowCorner {
  const last = windowBlock - side;
  if (draw.uniform() >= windowsOnSubjects) return { column: draw.integer(last + 1), row: draw.integer(last + 1) };
  const along = (centre: number) => {
    const jitter = (draw.uniform() - 0.5) * 0.4 * side;
    return Math.min(last, Math.max(0, Math.round(centre * windowBlock - side / 2 + jitter)));
  };
  return { column: along(x), row: along(y) };
}

function fillLandmarks(
  landmarks: Landmarks,
  { x, y, width, height }: PixelWindow,
  points: Float32Array,
  seen: Float32Array,
): void {
  landmarks.visible.forEach((visible, k) => {
    const px = landmarks.points[2 * k]! - x;
    const py = landmarks.points[2 * k + 1]! - y;
    points[2 * k] = px;
    points[2 * k + 1] = py;
    seen[k] = visible === 1 && px >= 0 && py >= 0 && px <= width - 1 && py <= height - 1 ? 1 : 0;
  });
}
