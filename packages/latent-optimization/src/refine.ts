import { assertGradientsRegistered, InvalidArgumentError, matchShape, valueAndGrads } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { checkPairs } from './check-pairs.js';
import { canReadAtOnce } from './edited-code.js';
import { type FeatureGenerator, pictureSize, type Size } from './feature-generator.js';
import {
  type Appearance,
  appearanceOf,
  type HostMap,
  type Located,
  locatePoint,
  pullLoss,
  toHostMaps,
} from './follow-points.js';
import { type FixedMask, maskTensor } from './mask-loss.js';
import type { Point, PointPair } from './points.js';
import { combineSecants, type Secants } from './secant-step.js';

/** A generator that gives several feature maps, and the picture, in one pass. One of `@autodrag/stylegan2` is one. */
export type RefineGenerator = Pick<FeatureGenerator, 'config'> & {
  features(
    ws: tf.Tensor3D,
    resolutions: readonly number[],
    options: { image: boolean },
  ): { readonly features: Readonly<Record<number, tf.Tensor4D>>; readonly image: tf.Tensor4D | null };
};

export type RefineOptions = {
  /** Points that should stay where they are in the first picture. @default [] */
  anchors?: readonly Point[];
  /** What must stay, by pixel of the picture, row by row: 1 for fixed, 0 for free. @default nothing is fixed */
  mask?: FixedMask;
  /** Where each handle is thought to be in the picture of `w`. @default its target */
  places?: readonly Point[];
  /** Passes of the generator forth and back, at most. @default 8 */
  steps?: number;
  /**
   * Ends when every handle is this near to its target and every anchor to its place, in pixels. @default 0.1 % of the
   * picture's longer side
   */
  tolerance?: number;
  /** Layers of the code that change. @default 6 */
  editedLayers?: number;
  /**
   * Covariance of the generator's codes, `[wDim, wDim]`: a step goes where codes vary, so that it stays among them.
   * @default all directions alike
   */
  covariance?: tf.Tensor2D;
  /** Pulls a code back to real ones, `[1, numWs, wDim]` to the same: a Latent Regularizer. @default none */
  regularize?: (ws: tf.Tensor3D) => tf.Tensor3D;
  /** How much of the way that `regularize` wants is gone after each step. @default 0.05 */
  gate?: number;
  /** Heights of the blocks that tell places apart. @default those from 16 to 64 */
  resolutions?: readonly number[];
  /** Ends before the next pass: the generator throws the signal's reason. */
  signal?: AbortSignal;
};

/** What is known after a pass. */
export type RefineStep = {
  /** Passes so far. */
  readonly step: number;
  /** The code that this pass looked at, `[numWs * wDim]`; the first one is the given code. */
  readonly w: Float32Array;
  /** Where the handles and the anchors are in its picture. */
  readonly points: readonly Point[];
  readonly anchors: readonly Point[];
  /** Mean distance of the handles to their targets, in pixels. */
  readonly distance: number;
  /** Largest distance of an anchor from its place, in pixels; 0 without any. */
  readonly anchorDistance: number;
  /**
   * Mean absolute change of the fixed part of the picture against the first one, in 255ths of its range; 0 without a
   * mask.
   */
  readonly maskChange: number;
  /** No pass before was better: of all, the last one that says so is the result. */
  readonly best: boolean;
};

/**
 * Layers of a code move together by this share, as those of the motions that a predictor learns; the rest is each one's
 * own.
 */
const together = 0.5;
/**
 * Of the step along the gradient that would be right if all points obeyed alike. They do not: what is left after a
 * predictor is what moves least easily, and a step that brings it home moves the rest too far.
 */
const firstBoldness = 0.5;
/** A step asks for at most this much of the picture's longer side at once. */
const longestPull = 0.05;
/** Pixels (of 512) that one 255th of change of the fixed part counts as. */
const maskPixels = 2;

/**
 * Brings the handles of a drag home, from where a predictor (or another drag) left them: a few quasi-Newton steps on
 * where the points are. Each pass forth finds the points by their features, each pass back says how the code moves them
 * (through the place where their features match best), and what earlier steps did is used again, so that some five
 * passes do what gradient descent needs hundreds for. Anchors and mask are held by the same equations.
 *
 * @param before `[1, numWs, wDim]`: the code of the picture that the handles were given in
 * @param w `[1, numWs, wDim]`: the code to refine
 * @yields each pass, in order; the result is the last one with `best`
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
  const {
    anchors = [],
    mask,
    places,
    steps = 8,
    tolerance = 0.001 * longer,
    editedLayers = 6,
    covariance,
    regularize,
    gate = 0.05,
    resolutions = trackedBlocks(generator),
    signal,
  } = options;
  signal?.throwIfAborted();
  assertGradientsRegistered('refine');
  checkPairs(pairs, picture, 'refine');
  const { numWs, wDim } = matchShape(w.shape, [1, 'numWs', 'wDim'], 'refine: w');
  matchShape(before.shape, w.shape, 'refine: before');
  if (covariance) matchShape(covariance.shape, [wDim, wDim], 'refine: covariance');
  if (places && places.length !== pairs.length) {
    throw new InvalidArgumentError(
      `refine: places: expected one for each of ${pairs.length} points, got ${places.length}`,
    );
  }
  const edited = Math.min(editedLayers, numWs);
  const origin = [...pairs.map(({ handle }) => handle), ...anchors];
  const goals = [...pairs.map(({ target }) => target), ...anchors];
  let expected: readonly Point[] = [...(places ?? pairs.map(({ target }) => target)), ...anchors];

  const fixed = maskTensor(mask, picture, 'refine');
  let local = tf.slice(w, [0, 0, 0], [1, edited, wDim]);
  const kept = tf.slice(w, [0, edited, 0], [1, numWs - edited, wDim]);
  let firstPicture: tf.Tensor4D | null = null;
  let base: Base | null = null;
  try {
    const whole = (codes: tf.Tensor3D) => tf.concat([codes, kept], 1) as tf.Tensor3D;
    const pass = (codes: tf.Tensor3D) => {
      const { features, image } = generator.features(codes, resolutions, { image: fixed !== null });
      return { features: resolutions.map((height) => features[height]!), image };
    };
    const first = tf.tidy(() => pass(before) as never) as ReturnType<typeof pass>;
    firstPicture = first.image;
    const appearance = await readMaps(first.features).then((maps) => appearanceOf(maps, origin, picture));

    const secants: Secants = { steps: [], effects: [] };
    const aim: Aim = { pass: (codes) => pass(whole(codes)), appearance, goals, picture, fixed, firstPicture, secants };
    // everything is measured from the best code so far: a step that made it worse is gone back, but what it did is
    // known
    let trial: Float64Array<ArrayBuffer> | null = null;
    let boldness = firstBoldness;
    let radius = (8 * longer) / 128;
    for (let step = 1; step <= steps; step++) {
      signal?.throwIfAborted();
      const seen = canReadAtOnce() ? null : await look(() => aim.pass(local), fixed, firstPicture);
      const { located, residual, plan, maskChange, best, gradient } = lookAndPull(aim, local, seen, {
        expected,
        radius,
        since: base && trial && { residual: base.residual, step: trial },
      });
      try {
        const ahead = located.map(({ at }) => at);
        const away = located.map(({ at }, p) => Math.hypot(at.x - goals[p]!.x, at.y - goals[p]!.y));
        const handles = away.slice(0, pairs.length);
        yield {
          step,
          w: await readWhole(whole, local),
          points: ahead.slice(0, pairs.length),
          anchors: ahead.slice(pairs.length),
          distance: handles.reduce((sum, one) => sum + one, 0) / handles.length,
          anchorDistance: Math.max(0, ...away.slice(pairs.length)),
          maskChange,
          best,
        };
        if (Math.max(...away) <= tolerance && maskChange <= 1) return;
        if (step === steps) return;
        if (step > 1) boldness = best ? Math.min(1, 1.5 * boldness) : boldness / 2;
        if (best) {
          const direction = await directionOf(gradient, covariance ?? null);
          const gain = direction.energy > 0 ? (boldness * energyOf(plan.left)) / direction.energy : 0;
          base?.local.dispose();
          base = {
            local: tf.clone(local),
            residual,
            places: ahead,
            descent: direction.values.map((value) => -gain * value),
          };
        }
        const { local: from, residual: left, places: found, descent } = base!;
        const { factors } = best ? plan : combineSecants(left, secants);
        const move = Float64Array.from(descent, (downhill, i) => {
          const known = secants.steps.reduce((sum, one, k) => sum + factors[k]! * one[i]!, 0);
          return known + (best ? downhill : 0);
        });
        const next = moved(from, move, whole, regularize, gate);
        trial = await difference(next, from);
        local.dispose();
        local = next;
        expected = found.map(({ x, y }, p) => ({ x: x + left[2 * p]! / 2, y: y + left[2 * p + 1]! / 2 }));
        radius =
          (2 * longer) / 128 + 1.5 * Math.max(...found.map((_, p) => Math.hypot(left[2 * p]!, left[2 * p + 1]!)));
      } finally {
        gradient.dispose();
      }
    }
  } finally {
    tf.dispose([local, kept]);
    base?.local.dispose();
    firstPicture?.dispose();
    fixed?.dispose();
  }
}

/** What stays the same from pass to pass; `secants` grow. */
type Aim = {
  /** Maps and picture of the edited layers. */
  readonly pass: (local: tf.Tensor3D) => { features: tf.Tensor4D[]; image: tf.Tensor4D | null };
  readonly appearance: Appearance;
  readonly goals: readonly Point[];
  readonly picture: Size;
  readonly fixed: tf.Tensor3D | null;
  readonly firstPicture: tf.Tensor4D | null;
  readonly secants: Secants;
};

/** Where a pass looks for the points, and what the last step came from. */
type Search = {
  readonly expected: readonly Point[];
  /** In pixels, around each expected place. */
  readonly radius: number;
  /** The residual that the last step began with, and that step; null for the first one. */
  readonly since: { readonly residual: Float64Array<ArrayBuffer>; readonly step: Float64Array<ArrayBuffer> } | null;
};

/**
 * A pass forth, which finds the points and learns what the last step did, and, where they are nearer than ever, a pass
 * back from what earlier steps cannot bring home.
 *
 * @param seen maps and change of the fixed part where they cannot be read in the middle of a pass
 * @returns the gradient is the caller's, and 0 where nothing came nearer
 */
function lookAndPull(
  { pass, appearance, goals, picture, fixed, firstPicture, secants }: Aim,
  local: tf.Tensor3D,
  seen: Seen | null,
  { expected, radius, since }: Search,
) {
  const longer = Math.max(picture.width, picture.height);
  let located: Located[] = [];
  let residual = new Float64Array(0);
  let plan = combineSecants(residual, { steps: [], effects: [] });
  let maskChange = 0;
  let best = false;
  const { value, grads } = valueAndGrads(
    (parameters) => {
      const { features, image } = pass(parameters.local);
      const change = fixed ? fixedChange(image!, firstPicture!, fixed) : null;
      const read = seen ?? {
        maps: toHostMaps(
          features,
          features.map((map) => map.dataSync() as Float32Array),
        ),
        change: change ? change.dataSync()[0]! : 0,
      };
      maskChange = read.change;
      located = expected.map((at, p) => locatePoint(read.maps, appearance, p, at, radius, picture));
      residual = residualOf(located, goals, change ? maskPixelsOf(maskChange, longer) : null);
      best = !since || energyOf(residual) < energyOf(since.residual);
      if (since) remember(secants, since.step, since.residual, residual);
      if (!best) return tf.scalar(0); // no pass back
      plan = combineSecants(residual, secants);
      plan.left = shortened(plan.left, goals.length, longestPull * longer);
      const pull = pullLoss(features, appearance, located, pullsOf(plan.left, goals.length), picture);
      if (!change) return pull;
      return tf.add(pull, tf.mul(change, -plan.left.at(-1)! * maskPixelsOf(1, longer)));
    },
    { local },
  );
  value.dispose();
  return { located, residual, plan, maskChange, best, gradient: grads.local };
}

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

/** Maps in ordinary memory, and the change of the fixed part. */
type Seen = { maps: HostMap[]; change: number };

/** A pass without gradients, for backends whose numbers cannot be read in the middle of one. */
async function look(
  pass: () => { features: tf.Tensor4D[]; image: tf.Tensor4D | null },
  fixed: tf.Tensor3D | null,
  firstPicture: tf.Tensor4D | null,
): Promise<Seen> {
  const { features, image } = tf.tidy(() => pass() as never) as ReturnType<typeof pass>;
  const maps = await readMaps(features);
  if (!image || !fixed || !firstPicture) return { maps, change: 0 };
  const change = fixedChange(image, firstPicture, fixed);
  try {
    return { maps, change: (await change.data())[0]! };
  } finally {
    tf.dispose([image, change]);
  }
}

/** Mean absolute change of the fixed part, in 255ths of the range from -1 to 1. */
function fixedChange(image: tf.Tensor4D, first: tf.Tensor4D, fixed: tf.Tensor3D): tf.Scalar {
  return tf.tidy(() => {
    const channels = image.shape[3];
    // smooth at 0, where it begins
    const change = tf.sqrt(tf.add(tf.square(tf.sub(image, first)), 1e-6));
    const total = tf.sum(tf.mul(tf.sub(change, 1e-3), fixed));
    return tf.mul(tf.div(total, tf.mul(tf.sum(fixed), channels)), 127.5) as tf.Scalar;
  });
}

function maskPixelsOf(change: number, longer: number): number {
  return (change * maskPixels * longer) / 512;
}

/** What is left to do: by point x and y, and last the change of the fixed part, which should be none. */
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

/** The points' part of a residual. */
function pullsOf(residual: Float64Array, points: number): Point[] {
  return Array.from({ length: points }, (_, p) => ({ x: residual[2 * p]!, y: residual[2 * p + 1]! }));
}

/** The best code so far, and where to go from it. */
type Base = {
  readonly local: tf.Tensor3D;
  readonly residual: Float64Array<ArrayBuffer>;
  readonly places: readonly Point[];
  /** The step along the gradient that should bring home what earlier steps cannot. */
  readonly descent: Float32Array;
};

function energyOf(residual: Float64Array): number {
  return residual.reduce((sum, one) => sum + one * one, 0);
}

/** Adds what a step did, unless it did nothing. */
function remember(
  secants: Secants,
  step: Float64Array<ArrayBuffer>,
  before: Float64Array<ArrayBuffer>,
  after: Float64Array,
): void {
  const effect = before.map((value, i) => value - after[i]!);
  if (effect.every((value) => Math.abs(value) < 1e-6)) return;
  secants.steps.push(step);
  secants.effects.push(effect);
}

/** The gradient in the metric of the codes, and its energy in that metric. */
async function directionOf(gradient: tf.Tensor3D, covariance: tf.Tensor2D | null) {
  const [direction, energy] = tf.tidy(() => {
    const layers = gradient.shape[1];
    const g = tf.squeeze(gradient, [0]) as tf.Tensor2D; // [layers, wDim]
    const own = covariance ? tf.matMul(g, covariance) : g;
    const shared = tf.mean(own, 0, true); // [1, wDim]
    const joined = tf.add(tf.mul(own, 1 - together), tf.mul(shared, together * layers));
    return [joined, tf.sum(tf.mul(joined, g))];
  }) as [tf.Tensor2D, tf.Scalar];
  try {
    return { values: Float32Array.from(await direction.data()), energy: (await energy.data())[0]! };
  } finally {
    tf.dispose([direction, energy]);
  }
}

/** The edited layers after a step, pulled back a little to where codes are. */
function moved(
  local: tf.Tensor3D,
  step: Float64Array,
  whole: (codes: tf.Tensor3D) => tf.Tensor3D,
  regularize: RefineOptions['regularize'],
  gate: number,
): tf.Tensor3D {
  return tf.tidy(() => {
    const next = tf.add(local, tf.tensor3d(Float32Array.from(step), local.shape)) as tf.Tensor3D;
    if (!regularize || gate === 0) return next;
    const restored = tf.slice(regularize(whole(next)), [0, 0, 0], local.shape);
    return tf.add(next, tf.mul(tf.sub(restored, next), gate)) as tf.Tensor3D;
  });
}

async function difference(a: tf.Tensor3D, b: tf.Tensor3D): Promise<Float64Array<ArrayBuffer>> {
  const change = tf.sub(a, b);
  try {
    return Float64Array.from(await change.data());
  } finally {
    change.dispose();
  }
}

async function readWhole(whole: (codes: tf.Tensor3D) => tf.Tensor3D, local: tf.Tensor3D): Promise<Float32Array> {
  const ws = whole(local);
  try {
    return Float32Array.from(await ws.data());
  } finally {
    ws.dispose();
  }
}
