import * as tf from '@tensorflow/tfjs-core';
import { checkNumber, checkSteps } from './check-options.js';
import { checkPairs } from './check-pairs.js';
import { canReadAtOnce, createEditedCode, type EditedCode } from './edited-code.js';
import { type FeatureGenerator, pictureSize, type Size, sixthBlock } from './feature-generator.js';
import { type FixedMask, maskLoss, maskTensor } from './mask-loss.js';
import { motionSupervision } from './motion-supervision.js';
import type { Point, PointPair } from './points.js';
import { roundHalfEven } from './round-half-even.js';
import { type Place, sampleFeatures, tapsAt } from './sample-features.js';
import { nearestPixels, trackedFeatures, trackingAround } from './track-points.js';

export type DragGanOptions = {
  /** What must stay, by pixel of the picture, row by row: 1 for fixed, 0 for free. @default nothing is fixed */
  mask?: FixedMask;
  /** Weight λ of the mask. @default 20 */
  maskWeight?: number;
  /** At most so many steps; `Infinity` for as many as it takes. @default 300 */
  steps?: number;
  /** Of Adam. 0.002 for FFHQ, AFHQ-Cat and LSUN Car in the published program, 0.001 for others. @default 0.002 */
  learningRate?: number;
  /** Layers of the code that change. @default 6 */
  editedLayers?: number;
  /** Height of the block whose features are read. @default the sixth block, or the last one if there are fewer */
  resolution?: number;
  /** Radius r_1 of motion supervision, in pixels of a 512-pixel picture. @default 3 */
  supervisionRadius?: number;
  /** Radius r_2 of point tracking, in pixels of a 512-pixel picture. @default 12 */
  trackingRadius?: number;
  /** Ends the drag before the next step: the generator throws the signal's reason. */
  signal?: AbortSignal;
};

/** What is known after a step. */
export type DragGanStep = {
  /** Steps of Adam so far. */
  readonly step: number;
  /** The code after this step, `[numWs * wDim]`. */
  readonly w: Float32Array;
  /** Where each handle was found before this step. */
  readonly points: readonly Point[];
  /** Mean distance of `points` to their targets, in pixels. */
  readonly distance: number;
  /** Loss before this step: `lossMotion + maskWeight * lossMask`. */
  readonly loss: number;
  readonly lossMotion: number;
  readonly lossMask: number;
  /** Gradient of the loss with respect to the edited layers, `[editedLayers * wDim]`. */
  readonly gradient: Float32Array;
  /** All handles have arrived: this step changed nothing and is the last one. */
  readonly arrived: boolean;
};

/**
 * DragGAN (Pan et al. 2023): drags points of a picture by optimising the first layers of its code. Each step tracks the
 * handles in the features, then makes one step of Adam on motion supervision and mask. Constants, order and rounding
 * are those of the published program; the radii are never less than one pixel, where it would divide by nothing
 * (pictures below 86 pixels).
 *
 * Ends when all handles are within two pixels (of 512, and never less than two) of their targets, or after `steps`.
 * Nothing stays behind when the consumer stops early. Needs gradients: `import '@tensorflow/tfjs'`, and on wasm
 * `registerWasmGradients()` of `@autodrag/wasm-gradients`.
 *
 * @param w `[1, numWs, wDim]`; must stay alive until the first step
 * @param pairs at least one; handles are rounded to whole pixels, as the program does
 * @throws GradientsNotRegisteredError, ShapeError, or InvalidArgumentError at the first step
 */
export async function* dragGan(
  generator: FeatureGenerator,
  w: tf.Tensor3D,
  pairs: readonly PointPair[],
  {
    mask,
    maskWeight = 20,
    steps = 300,
    learningRate = 0.002,
    editedLayers = 6,
    resolution = sixthBlock(generator),
    supervisionRadius = 3,
    trackingRadius = 12,
    signal,
  }: DragGanOptions = {},
): AsyncGenerator<DragGanStep, void, undefined> {
  signal?.throwIfAborted();
  const picture = pictureSize(generator);
  checkPairs(pairs, picture, 'dragGan');
  checkSteps('dragGan: steps', steps);
  checkNumber('dragGan: maskWeight', maskWeight, { from: 0 });
  checkNumber('dragGan: supervisionRadius', supervisionRadius, { from: 0 });
  checkNumber('dragGan: trackingRadius', trackingRadius, { from: 0 });
  const scale = Math.max(picture.height, picture.width) / 512;
  const r1 = Math.max(1, roundHalfEven(supervisionRadius * scale));
  const r2 = Math.max(1, roundHalfEven(trackingRadius * scale));
  const near = Math.max(2 * scale, 2);
  const targets = pairs.map(({ target }): Place => [target.y, target.x]);
  let points = pairs.map(({ handle }): Place => [roundHalfEven(handle.y), roundHalfEven(handle.x)]);

  const fixed = maskTensor(mask, picture, 'dragGan');
  let code: EditedCode | null = null;
  let first: tf.Tensor4D | null = null;
  try {
    code = createEditedCode(generator, w, { editedLayers, learningRate, resolution }, 'dragGan');
    first = code.features();
    const map = { height: first.shape[1], width: first.shape[2] };
    const references = await featuresAt(first, points, picture);

    for (let step = 0; step < steps; ) {
      signal?.throwIfAborted();
      const tracking = trackingAround(points, r2, picture, map);
      // the pass that the gradient goes through also tells where the points are, where its numbers can be read on the
      // way
      if (!canReadAtOnce()) points = nearestPixels(tracking, await readTracked(code, tracking), references);
      const kept: tf.Scalar[] = [];
      const { value, gradient } = code.gradient((features) => {
        if (canReadAtOnce()) {
          const values = tf.tidy(() => trackedFeatures(features, tracking).dataSync() as Float32Array);
          points = nearestPixels(tracking, values, references);
        }
        const motion = motionSupervision(features, points, targets, r1, picture);
        if (!fixed) return motion;
        const still = maskLoss(features, first!, fixed);
        kept.push(tf.keep(tf.clone(motion)), tf.keep(tf.clone(still)));
        return tf.add(motion, tf.mul(still, maskWeight));
      });
      const arrived = points.every((point, p) => distanceOf(point, targets[p]!) <= near);
      try {
        if (!arrived) {
          code.update(gradient);
          step++;
        }
        const [loss, lossMotion, lossMask] = await Promise.all([value, ...kept].map(async (x) => (await x.data())[0]!));
        yield {
          step,
          w: await code.read(),
          points: points.map(([y, x]) => ({ x, y })),
          distance: points.reduce((sum, point, p) => sum + distanceOf(point, targets[p]!), 0) / points.length,
          loss: loss!,
          lossMotion: lossMotion ?? loss!,
          lossMask: lossMask ?? 0,
          gradient: Float32Array.from(await gradient.data()),
          arrived,
        };
      } finally {
        tf.dispose([value, gradient, ...kept]);
      }
      if (arrived) return;
    }
  } finally {
    code?.dispose();
    first?.dispose();
    fixed?.dispose();
  }
}

function distanceOf([row, column]: Place, [toRow, toColumn]: Place): number {
  return Math.fround(Math.hypot(toRow - row, toColumn - column));
}

/** Features of whole pixels, `[C]` each. */
async function featuresAt(features: tf.Tensor4D, places: readonly Place[], picture: Size): Promise<Float32Array[]> {
  const sampled = sampleFeatures(
    features,
    tapsAt(places, picture, { height: features.shape[1], width: features.shape[2] }),
  );
  try {
    const values = (await sampled.data()) as Float32Array;
    const channels = sampled.shape[1];
    return places.map((_, i) => values.slice(i * channels, (i + 1) * channels));
  } finally {
    sampled.dispose();
  }
}

async function readTracked(code: EditedCode, tracking: ReturnType<typeof trackingAround>): Promise<Float32Array> {
  const values = tf.tidy(() => trackedFeatures(code.features(), tracking));
  try {
    return (await values.data()) as Float32Array;
  } finally {
    values.dispose();
  }
}
