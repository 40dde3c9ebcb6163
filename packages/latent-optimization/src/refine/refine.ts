import { assertGradientsRegistered, InvalidArgumentError, matchShape, valueAndGrads } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { checkBlock, checkNumber } from '../check-options.js';
import { checkPairs, checkPoints } from '../check-pairs.js';
import { pictureSize, type Size } from '../feature-generator.js';
import { maskTensor } from '../mask-loss.js';
import type { Point, PointPair } from '../points.js';
import { chooseRows, type Row, rowsOf } from './choose-rows.js';
import { fixedChange, maskPixelsOf } from './fixed-change.js';
import {
  type Appearance,
  appearanceOf,
  appearanceOnTheWay,
  type HostMap,
  type Located,
  locatePoint,
  placeScalar,
  toHostMaps,
} from './follow-points.js';
import { createMotionModel, dot, learnFrom, type MotionModel, replaceRow, solveModel, stepOf } from './motion-model.js';
import type { RefineGenerator, RefineOptions, RefineStep } from './refine-options.js';

/**
 * Layers of a code move together by this share, as those of the motions that a predictor learns; the rest is each one's
 * own.
 */
const together = 0.5;
/** A step asks for at most this much of the picture's longer side at once. */
const longestPull = 0.05;
/** How boldly a step is solved for: at first, and the most and the least that trials make of it. */
const firstRidge = 0.02;
const ridges = [0.005, 1] as const;

/**
 * Brings the handles of a drag home, from where a predictor (or another drag) left them, by Newton's method on where
 * the points are. Passes forth and back say how the code moves every handle and anchor, each by itself (through the
 * place where its features match best): gradient descent would go where all move together, and what a predictor leaves
 * is what does not. Steps are then solved for in few unknowns and tried by passes forth alone, and what each does mends
 * the model. Anchors and mask are held by the same equations.
 *
 * @param before `[1, numWs, wDim]`: the code of the picture that the handles were given in
 * @param w `[1, numWs, wDim]`: the code to refine
 * @yields each code that was looked at, in order; the result is the last one with `best`
 * @throws GradientsNotRegisteredError, ShapeError, or InvalidArgumentError at the first pass
 */
export async function* refine(
  generator: RefineGenerator,
  before: tf.Tensor3D,
  w: tf.Tensor3D,
  pairs: readonly PointPair[],
  options: RefineOptions = {},
): AsyncGenerator<RefineStep, void, undefined> {
  const picture = pictureSize(generator);
  const longer = Math.max(picture.width, picture.height);
  const { anchors = [], mask, places, steps = 10, trials = 6, tolerance = 0.001 * longer, signal } = options;
  const { editedLayers = 6, covariance, regularize, gate = 0.05, resolutions = trackedBlocks(generator) } = options;
  signal?.throwIfAborted();
  assertGradientsRegistered('refine');
  checkPairs(pairs, picture, 'refine');
  const { numWs, wDim } = matchShape(w.shape, [1, 'numWs', 'wDim'], 'refine: w');
  matchShape(before.shape, w.shape, 'refine: before');
  if (covariance) matchShape(covariance.shape, [wDim, wDim], 'refine: covariance');
  checkPoints(anchors, picture, 'refine: anchors');
  if (places && !(places.length === pairs.length && places.every(({ x, y }) => Number.isFinite(x + y)))) {
    throw new InvalidArgumentError(
      `refine: places: expected one { x, y } for each of ${pairs.length} points, got ${JSON.stringify(places)}`,
    );
  }
  checkNumber('refine: steps', steps, { from: 1, whole: true });
  checkNumber('refine: trials', trials, { from: 0, whole: true });
  checkNumber('refine: tolerance', tolerance, { from: 0 });
  checkNumber('refine: gate', gate, { from: 0 });
  checkNumber('refine: editedLayers', editedLayers, { from: 1, whole: true });
  for (const height of resolutions) checkBlock('refine: resolutions', height, generator);
  const edited = Math.min(editedLayers, numWs);
  const origin = [...pairs.map(({ handle }) => handle), ...anchors];
  const goals = [...pairs.map(({ target }) => target), ...anchors];
  const thought = [...(places ?? pairs.map(({ target }) => target)), ...anchors];

  const fixed = maskTensor(mask, picture, 'refine');
  const kept = tf.slice(w, [0, edited, 0], [1, numWs - edited, wDim]);
  let firstPicture: tf.Tensor4D | null = null;
  try {
    const whole = (codes: tf.Tensor3D) => tf.concat([codes, kept], 1) as tf.Tensor3D;
    const pass = (codes: tf.Tensor3D) => {
      const { features, image } = generator.features(codes, resolutions, { image: fixed !== null });
      return { features: resolutions.map((height) => features[height]!), image };
    };
    const first = tf.tidy(() => pass(before) as never) as Pass;
    firstPicture = first.image;
    const ownLook = appearanceOf(await readMaps(first.features), origin, picture);
    const halfway = await look(() => pass(tf.mul(tf.add(before, w), 0.5)), null);
    const appearance = appearanceOnTheWay(
      ownLook,
      halfway.maps,
      middles(ownLook, halfway.maps, origin, thought, picture),
      picture,
    );
    let looks = 2;
    let passes = 0;

    const shape: [number, number, number] = [1, edited, wDim];
    const code = (values: Float32Array) => tf.tensor3d(values, shape);
    const observe = async (
      values: Float32Array,
      expected: readonly Point[],
      radius: (p: number) => number,
    ): Promise<Seen> => {
      const change = fixed && firstPicture ? { fixed, firstPicture } : null;
      const { maps, maskChange } = await look(() => pass(whole(code(values))), change);
      looks++;
      const located = expected.map((at, p) => locatePoint(maps, appearance, p, at, radius(p), picture));
      return {
        values,
        located,
        residual: residualOf(located, goals, fixed ? maskPixelsOf(maskChange, longer) : null),
        maskChange,
      };
    };
    const report = async (step: number, { values, located, maskChange }: Seen, best: boolean): Promise<RefineStep> => {
      const ahead = located.map(({ at }) => at);
      const away = ahead.map((at, p) => Math.hypot(at.x - goals[p]!.x, at.y - goals[p]!.y));
      const handles = away.slice(0, pairs.length);
      return {
        step,
        w: await valuesOf(() => whole(code(values))),
        points: ahead.slice(0, pairs.length),
        anchors: ahead.slice(pairs.length),
        distance: handles.reduce((sum, one) => sum + one, 0) / handles.length,
        anchorDistance: Math.max(0, ...away.slice(pairs.length)),
        maskChange,
        best,
        looks,
        passes,
      };
    };
    const isHome = ({ located, maskChange }: Seen) =>
      maskChange <= 1 && located.every(({ at }, p) => Math.hypot(at.x - goals[p]!.x, at.y - goals[p]!.y) <= tolerance);

    // where a place was told, it need only be found exactly
    const told = places ? pairs.length : 0;
    let base = await observe(
      await valuesOf(() => tf.slice(w, [0, 0, 0], shape)),
      thought,
      (p) => ((p < told ? 3 : 8) * longer) / 128,
    );
    yield await report(1, base, true);
    if (isHome(base)) return;

    const rows = chooseRows(goals.slice(0, pairs.length), anchors, { budget: steps, mask: fixed !== null });
    const gradientOf = async (row: Row, { values, located }: Seen) => {
      signal?.throwIfAborted();
      const start = code(values);
      const { value, grads } = valueAndGrads(
        ({ local }) => {
          const { features, image } = pass(whole(local));
          if (row.axis !== 'mask')
            return placeScalar(features, appearance, located, weightsOf(row, goals.length), picture);
          return tf.mul(fixedChange(image!, firstPicture!, fixed!), maskPixelsOf(1, longer));
        },
        { local: start },
      );
      passes++;
      tf.dispose([value, start]);
      const gradient = Float32Array.from(await grads.local.data());
      const direction = await directionOf(grads.local, covariance ?? null);
      grads.local.dispose();
      return { gradient, direction };
    };
    const gradients: Float32Array[] = [];
    const directions: Float32Array[] = [];
    for (const row of rows) {
      const { gradient, direction } = await gradientOf(row, base);
      gradients.push(gradient);
      directions.push(direction);
    }
    const model = createMotionModel(gradients, directions);
    const maskRow = rows.findIndex(({ axis }) => axis === 'mask');

    let ridge = firstRidge;
    for (let trial = 1; trial <= trials; trial++) {
      signal?.throwIfAborted();
      const back =
        regularize && gate > 0 ? await wayBack(base.values, (local) => regularize(whole(local)), { code, gate }) : null;
      const left = shortened(base.residual, goals.length, longestPull * longer);
      const { values, factors, pulled } = nextCode(model, base.values, rowsOf(left, rows), { ridge, back });
      const reach = Math.max(...base.located.map((_, p) => Math.hypot(left[2 * p]!, left[2 * p + 1]!)));
      const expected = base.located.map(({ at }, p) => ({
        x: at.x + left[2 * p]! / 2,
        y: at.y + left[2 * p + 1]! / 2,
      }));
      const seen = await observe(values, expected, () => (2 * longer) / 128 + reach);
      const effect = rowsOf(
        base.residual.map((value, i) => value - seen.residual[i]!),
        rows,
      );
      learnFrom(
        model,
        factors,
        Array.from(effect, (value, i) => (i === maskRow ? null : value - pulled[i]!)),
      );
      const best = dot(seen.residual, seen.residual) < dot(base.residual, base.residual);
      yield await report(trial + 1, seen, best);
      ridge = Math.min(Math.max(best ? ridge / 2 : ridge * 4, ridges[0]), ridges[1]);
      if (best) base = seen;
      if (isHome(base)) return;
      // a change has no sign: its gradient at the new place leads on, where a secant through 0 would lead astray
      if (best && maskRow >= 0 && base.maskChange > 1 && passes < steps && trial < trials) {
        replaceRow(model, maskRow, await gradientOf(rows[maskRow]!, base));
      }
    }
  } finally {
    kept.dispose();
    firstPicture?.dispose();
    fixed?.dispose();
  }
}

/** Maps and picture of a code. */
type Pass = { features: tf.Tensor4D[]; image: tf.Tensor4D | null };

/** A code that was looked at. */
type Seen = {
  /** Its edited layers. */
  readonly values: Float32Array;
  readonly located: readonly Located[];
  /** What is left to do: by point x and y, and last the change of the fixed part, which should be none. */
  readonly residual: Float64Array<ArrayBuffer>;
  readonly maskChange: number;
};

/** Blocks whose features tell places apart: from 16 to 64, or the last one. */
function trackedBlocks({ config: { resolution, constSize } }: RefineGenerator): number[] {
  const blocks: number[] = [];
  for (let height = constSize[0]; height <= resolution; height *= 2) {
    if (height >= 16 && height <= 64 && height < resolution) blocks.push(height);
  }
  return blocks.length > 0 ? blocks : [resolution];
}

/** Downloads maps and frees them. */
async function readMaps(features: readonly tf.Tensor4D[]): Promise<HostMap[]> {
  try {
    return toHostMaps(features, await Promise.all(features.map(async (map) => Float32Array.from(await map.data()))));
  } finally {
    tf.dispose([...features]);
  }
}

/** A pass forth: maps in ordinary memory, and the change of the fixed part. */
async function look(
  pass: () => Pass,
  change: { fixed: tf.Tensor3D; firstPicture: tf.Tensor4D } | null,
): Promise<{ maps: HostMap[]; maskChange: number }> {
  const { features, image } = tf.tidy(() => pass() as never) as Pass;
  try {
    const maps = await readMaps(features);
    if (!image || !change) return { maps, maskChange: 0 };
    return { maps, maskChange: (await valuesOf(() => fixedChange(image, change.firstPicture, change.fixed)))[0]! };
  } finally {
    image?.dispose();
  }
}

/** Where the points are in the picture half-way. */
function middles(
  appearance: Appearance,
  maps: readonly HostMap[],
  from: readonly Point[],
  to: readonly Point[],
  picture: Size,
): Point[] {
  return from.map((start, p) => {
    const end = to[p]!;
    const between = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2 };
    const radius =
      (4 * Math.max(picture.width, picture.height)) / 128 + Math.hypot(end.x - start.x, end.y - start.y) / 4;
    return locatePoint(maps, appearance, p, between, radius, picture).at;
  });
}

function residualOf(
  located: readonly Located[],
  goals: readonly Point[],
  mask: number | null,
): Float64Array<ArrayBuffer> {
  const values = located.flatMap(({ at }, p) => [goals[p]!.x - at.x, goals[p]!.y - at.y]);
  return Float64Array.from(mask === null ? values : [...values, -mask]);
}

/** The residual with each point's part at most so long. */
function shortened(residual: Float64Array<ArrayBuffer>, points: number, longest: number): Float64Array<ArrayBuffer> {
  const result = residual.slice();
  for (let p = 0; p < points; p++) {
    const share = Math.min(1, longest / (Math.hypot(result[2 * p]!, result[2 * p + 1]!) || 1));
    result[2 * p]! *= share;
    result[2 * p + 1]! *= share;
  }
  return result;
}

/** What each of so many points counts in a row. */
function weightsOf({ points, axis }: Row, count: number): Point[] {
  const share = 1 / Math.max(1, points.length);
  return Array.from({ length: count }, (_, p) => {
    const value = points.includes(p) ? share : 0;
    return { x: axis === 'x' ? value : 0, y: axis === 'y' ? value : 0 };
  });
}

/** The gradient in the metric of the codes. @param gradient `[1, layers, wDim]` */
function directionOf(gradient: tf.Tensor3D, covariance: tf.Tensor2D | null): Promise<Float32Array> {
  return valuesOf(() => {
    const g = tf.squeeze(gradient, [0]) as tf.Tensor2D; // [layers, wDim]
    const own = covariance ? tf.matMul(g, covariance) : g;
    const shared = tf.mean(own, 0, true); // [1, wDim]
    return tf.add(tf.mul(own, 1 - together), tf.mul(shared, together * gradient.shape[1]));
  });
}

/** A share of the way from the edited layers to what a regularizer makes of them. */
function wayBack(
  values: Float32Array,
  regularize: (local: tf.Tensor3D) => tf.Tensor3D,
  { code, gate }: { code: (values: Float32Array) => tf.Tensor3D; gate: number },
): Promise<Float32Array> {
  return valuesOf(() => {
    const local = code(values);
    return tf.mul(tf.sub(tf.slice(regularize(local), [0, 0, 0], local.shape), local), gate);
  });
}

/**
 * The code to try next: as near to where codes are as the rows allow.
 *
 * @returns also the factors of the model's directions, and what the way back should do to the rows
 */
function nextCode(
  model: MotionModel,
  from: Float32Array,
  wanted: Float64Array,
  { ridge, back }: { ridge: number; back: Float32Array | null },
): { values: Float32Array; factors: number[]; pulled: number[] } {
  const pulled = model.gradients.map((gradient) => (back ? dot(gradient, back) : 0));
  const factors = solveModel(
    model,
    wanted.map((value, i) => value - pulled[i]!),
    ridge,
  );
  const step = stepOf(model, factors);
  return { values: from.map((value, i) => value + step[i]! + (back ? back[i]! : 0)), factors, pulled };
}

/** The values of a tensor that is made, read and freed. */
async function valuesOf(make: () => tf.Tensor): Promise<Float32Array> {
  const tensor = tf.tidy(make);
  try {
    return Float32Array.from(await tensor.data());
  } finally {
    tensor.dispose();
  }
}
