import * as tf from '@tensorflow/tfjs-core';
import { absolute } from './absolute.js';
import { checkNumber, checkSteps } from './check-options.js';
import { checkPairs } from './check-pairs.js';
import { createEditedCode, type EditedCode } from './edited-code.js';
import { type FeatureGenerator, pictureSize, type Size, sixthBlock } from './feature-generator.js';
import { featureStep } from './feature-step.js';
import { patchPlaces, patchTaps } from './free-drag-patch.js';
import { chooseCandidate, searchLine } from './locate-point.js';
import { type FixedMask, maskTensor } from './mask-loss.js';
import type { Point, PointPair } from './points.js';
import { type Place, sampleFeatures } from './sample-features.js';

export type FreeDragOptions = {
  /** What must stay, by pixel of the picture, row by row: 1 for fixed, 0 for free. @default nothing is fixed */
  mask?: FixedMask;
  /** Weight of the mask. @default 10 */
  maskWeight?: number;
  /** At most so many steps; `Infinity` for as many as it takes. @default 300 */
  steps?: number;
  /** Of Adam. @default 0.002 */
  learningRate?: number;
  /** Layers of the code that change. @default 6 */
  editedLayers?: number;
  /** Height of the block whose features are read. @default the sixth block, or the last one if there are fewer */
  resolution?: number;
  /**
   * d, how far one sub-motion goes, in feature pixels. 3 for faces, cats, cars and horses, 4 for lions, dogs and
   * elephants. @default 3
   */
  subMotionLength?: number;
  /**
   * l, by how much the template is expected to differ where a sub-motion goes. The published 0.3 (0.4 for lions, dogs
   * and elephants) is for those models, and means nothing where features are larger or smaller.
   *
   * @default `featureStep` of the picture's features over half of `subMotionLength`: what half a sub-motion changes
   */
  expectedLoss?: number;
  /** Ends the drag before the next step: the generator throws the signal's reason. */
  signal?: AbortSignal;
};

/** What is known after a step. */
export type FreeDragStep = {
  /** Steps of Adam so far. */
  readonly step: number;
  /** The code after this step, `[numWs * wDim]`. */
  readonly w: Float32Array;
  /** Where each handle is pulled to in this sub-motion. It is not tracked: the picture follows, or not. */
  readonly points: readonly Point[];
  /** Mean distance of `points` to their targets, in pixels. */
  readonly distance: number;
  /** Loss before this step: `sum of lossPoints + maskWeight * lossMask`. */
  readonly loss: number;
  /** Mean difference of each point from its template. */
  readonly lossPoints: readonly number[];
  readonly lossMask: number;
  /** l, as it was given or derived. */
  readonly expectedLoss: number;
  /** All sub-motions have ended at their targets: this is the last step. */
  readonly arrived: boolean;
};

/** Steps of Adam in one sub-motion, at most. */
const subMotionSteps = 5;

/**
 * FreeDrag (Ling et al. 2024): drags points of a picture by optimising the first layers of its code, without point
 * tracking. Each sub-motion chooses a place on the line to the target whose features differ from the point's template
 * by about l, makes up to five steps of Adam that bring the template there, and adapts the template by how well that
 * went. Constants, order and rounding are those of the published program, but for l, which is derived (see
 * `expectedLoss`).
 *
 * Ends when all points are at their targets and look like their templates, or after `steps`. Nothing stays behind when
 * the consumer stops early. Needs gradients: `import '@tensorflow/tfjs'`, and on wasm `registerWasmGradients()`.
 *
 * @param w `[1, numWs, wDim]`; must stay alive until the first step
 * @throws GradientsNotRegisteredError, ShapeError, or InvalidArgumentError at the first step
 */
export async function* freeDrag(
  generator: FeatureGenerator,
  w: tf.Tensor3D,
  pairs: readonly PointPair[],
  {
    mask,
    maskWeight = 10,
    steps = 300,
    learningRate = 0.002,
    editedLayers = 6,
    resolution = sixthBlock(generator),
    subMotionLength = 3,
    expectedLoss,
    signal,
  }: FreeDragOptions = {},
): AsyncGenerator<FreeDragStep, void, undefined> {
  signal?.throwIfAborted();
  const picture = pictureSize(generator);
  checkPairs(pairs, picture, 'freeDrag');
  checkSteps('freeDrag: steps', steps);
  checkNumber('freeDrag: maskWeight', maskWeight, { from: 0 });
  checkNumber('freeDrag: subMotionLength', subMotionLength, { above: 0 });
  if (expectedLoss !== undefined) checkNumber('freeDrag: expectedLoss', expectedLoss, { above: 0 });
  const scale = resolution / picture.height; // feature pixels a pixel, and how near is near enough
  const targets = pairs.map(({ target }): Place => [target.y * scale, target.x * scale]);
  const places = pairs.map(({ handle }): Place => [handle.y * scale, handle.x * scale]);

  let code: EditedCode | null = null;
  let first: tf.Tensor4D | null = null;
  let current: tf.Tensor4D | null = null;
  let fixed: tf.Tensor3D | null = null;
  try {
    code = createEditedCode(generator, w, { editedLayers, learningRate, resolution }, 'freeDrag');
    first = code.features();
    current = tf.clone(first);
    const map = { height: first.shape[1], width: first.shape[2] };
    const spacing = 3 * scale; // of the samples of a patch
    fixed = await fixedOnMap(mask, picture, map);
    const distance = Math.min(Math.max(1, Math.round(subMotionLength / 2)), map.height - 1, map.width - 1);
    const l = expectedLoss ?? (await take(featureStep(first, { distance })))[0]!;
    let templates = await patches(first, places, spacing);
    const done = places.map(() => false);
    let begin = places.map(() => 0);
    let end = places.map(() => 0);
    let step = 0;

    while (step < steps && !done.every(Boolean)) {
      for (const [p, place] of places.entries()) {
        if (done[p]) continue;
        const subMotion = { current: place, target: targets[p]!, lossBegin: begin[p]!, lossEnd: end[p]! };
        const search = searchLine(subMotion, subMotionLength, l);
        if (!search) continue;
        const found = await patches(current, search.candidates, spacing);
        places[p] = chooseCandidate(
          search,
          found.map((patch) => meanDifference(patch, templates[p]!)),
        );
      }
      const remaining = places.map((place, p) => length(place, targets[p]!));
      const reached = {
        points: places.map(([y, x]) => ({ x: x / scale, y: y / scale })),
        distance: remaining.reduce((sum, one) => sum + one, 0) / scale / remaining.length,
        expectedLoss: l,
        arrived: false,
      };
      const goal = { templates, taps: patchTaps(places, spacing, map), first, fixed, maskWeight };
      let pending: FreeDragStep | null = null;
      for (let k = 0; k < subMotionSteps && step < steps; k++) {
        if (pending) yield pending;
        signal?.throwIfAborted();
        const { w, ...losses } = await stepTowards(code, goal);
        step++;
        if (k === 0) begin = losses.lossPoints;
        pending = { step, w, ...losses, ...reached };
        if (Math.max(...losses.lossPoints) < 0.25 * l) break;
      }

      current.dispose();
      current = code.features();
      const now = await patches(current, places, spacing);
      end = now.map((patch, p) => meanDifference(patch, templates[p]!));
      done.forEach((_, p) => {
        done[p] = remaining[p]! < scale && end[p]! <= 0.25 * l;
      });
      templates = templates.map((template, p) => {
        const share = done[p] ? 1 : templateShare(end[p]!, l);
        return template.map((value, i) => share * now[p]![i]! + (1 - share) * value);
      });
      if (pending) yield done.every(Boolean) ? { ...pending, arrived: true } : pending;
    }
  } finally {
    code?.dispose();
    first?.dispose();
    current?.dispose();
    fixed?.dispose();
  }
}

/** What a sub-motion wants: the templates at its places, and what is fixed as it was. */
type Goal = {
  /** Features of each point's patch, one after the other */
  readonly templates: readonly Float32Array[];
  readonly taps: ReturnType<typeof patchTaps>;
  /** `[1, h, w, C]` of the first picture */
  readonly first: tf.Tensor4D;
  /** `[h, w, 1]`, see `fixedOnMap` */
  readonly fixed: tf.Tensor3D | null;
  readonly maskWeight: number;
};

/** One step of Adam on the code, with the losses before it. */
async function stepTowards(
  code: EditedCode,
  { templates, taps, first, fixed, maskWeight }: Goal,
): Promise<Pick<FreeDragStep, 'w' | 'loss' | 'lossMask'> & { lossPoints: number[] }> {
  const kept: tf.Tensor[] = [];
  const { value, gradient } = code.gradient((features) => {
    const wanted = tf.tensor2d(concatenate(templates), [taps.samples, first.shape[3]]);
    const difference = absolute(tf.sub(sampleFeatures(features, taps), wanted));
    const each = tf.mean(tf.reshape(difference, [templates.length, -1]), 1); // [points]
    kept.push(tf.keep(tf.clone(each)));
    if (!fixed) return tf.sum(each) as tf.Scalar;
    const still = fixedLoss(features, first, fixed);
    kept.push(tf.keep(tf.clone(still)));
    return tf.add(tf.sum(each), tf.mul(still, maskWeight));
  });
  try {
    code.update(gradient);
    const [loss, lossPoints, lossMask] = await Promise.all([value, ...kept].map(async (x) => [...(await x.data())]));
    return { w: await code.read(), loss: loss![0]!, lossPoints: lossPoints!, lossMask: lossMask?.[0] ?? 0 };
  } finally {
    tf.dispose([value, gradient, ...kept]);
  }
}

/** The features of the patch around each place, downloaded. */
async function patches(features: tf.Tensor4D, at: readonly Place[], spacing: number): Promise<Float32Array[]> {
  const [, height, width, channels] = features.shape;
  const values = await take(sampleFeatures(features, patchTaps(at, spacing, { height, width })));
  const size = patchPlaces * channels;
  return at.map((_, p) => values.slice(p * size, (p + 1) * size));
}

/**
 * λ, how much of the new features goes into the template: a half at a loss of `0.2 l`, a tenth at `0.8 l` (Ling et al.
 * 2024, Eq. 5).
 */
export function templateShare(loss: number, expected: number): number {
  const steepness = Math.log(9) / (0.6 * expected);
  return 1 / (1 + Math.exp(steepness * (loss - 0.2 * expected)));
}

/** Mean difference where the map is fixed, over its places and all channels. */
function fixedLoss(features: tf.Tensor4D, first: tf.Tensor4D, fixed: tf.Tensor3D): tf.Scalar {
  const channels = features.shape[3];
  const total = tf.sum(absolute(tf.mul(tf.squeeze(tf.sub(features, first), [0]), fixed)));
  return tf.div(total, tf.mul(tf.sum(fixed), channels)) as tf.Scalar;
}

/**
 * The mask on the feature map, `[h, w, 1]` of 0 and 1: a place is free as soon as something free lies in it. Null where
 * nothing is fixed.
 */
async function fixedOnMap(mask: FixedMask | undefined, picture: Size, map: Size): Promise<tf.Tensor3D | null> {
  const given = maskTensor(mask, picture, 'freeDrag');
  if (!given) return null;
  const fixed = tf.tidy(() => {
    const free = tf.sub(1, given) as tf.Tensor3D;
    const resized = tf.image.resizeBilinear(free, [map.height, map.width], false, true);
    return tf.cast(tf.lessEqual(resized, 0), 'float32') as tf.Tensor3D;
  });
  given.dispose();
  if ((await take(tf.max(fixed)))[0]) return fixed;
  fixed.dispose();
  return null;
}

function meanDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

function length([row, column]: Place, [toRow, toColumn]: Place): number {
  return Math.hypot(toRow - row, toColumn - column);
}

function concatenate(arrays: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(arrays.reduce((sum, array) => sum + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}

/** Reads a tensor and frees it. */
async function take(tensor: tf.Tensor): Promise<Float32Array> {
  try {
    return Float32Array.from(await tensor.data());
  } finally {
    tensor.dispose();
  }
}
