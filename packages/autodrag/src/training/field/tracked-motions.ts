import {
  type HostSettling,
  heightAndWidth,
  type LatentPredictor,
  longerSide,
  type Point,
  type PointPair,
  packPoints,
} from '@autodrag/latent-predictor';
import type { LatentRegularizer } from '@autodrag/latent-regularizer';
import { createPointTracker } from '@autodrag/matching';
import { concatArrays, type Random } from '@autodrag/nn';
import type { Generator } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { drawCodes } from '../draw-codes.js';
import { mayHold, pullAnywhere } from '../predictor/free-task.js';
import { matchedResolutions } from '../predictor/motion-pool.js';

/** A change of a code, and where places of the picture went with it; all on the host. */
export type TrackedMotion = {
  /** `[editedLayers * wDim]` */
  readonly start: Float32Array;
  readonly end: Float32Array;
  /** `[places * 2]`, pixels in the picture of `start` */
  readonly points: Float32Array;
  /** `[places * 2]`, by how much each has moved */
  readonly moved: Float32Array;
  /** `[places]`: 1 for a place that is found without doubt, 0 for one that could be anywhere */
  readonly weights: Float32Array;
};

export type TrackedMotionsOptions = {
  readonly generator: Generator;
  readonly predictor: LatentPredictor;
  readonly regularizer: LatentRegularizer;
  /** What the field knows already: says around where to look, and settles drags. */
  readonly settling: HostSettling | null;
  readonly random: Random;
};

/** Starts that are worked on at once; each makes three motions. */
const groupSize = 8;
/** Places that are tracked in each motion. */
const trackedPlaces = 48;

/** Doubts in longer sides of the picture: at which a place counts half, and at which it does not count any more. */
const halfDoubt = 1 / 64;
const mostDoubt = 1 / 30;

type Maps = Record<number, tf.Tensor4D>;

/**
 * Group `index` of the endless list of motions that the field learns from; depends on nothing but the options.
 *
 * Of each start one motion goes to another picture, and two are drags by the predictor one after the other, most of
 * them settled: the field has to be right where drags go. Matches would be exact, but are found where they are easy: a
 * field that learns from them alone is off by twice as much at eyelids and jaws. So places anywhere in the picture are
 * tracked, and count the less the more places look alike.
 */
export async function makeTrackedMotions(index: number, options: TrackedMotionsOptions): Promise<TrackedMotion[]> {
  const { generator, predictor } = options;
  const { numWs, wDim, editedLayers, featureResolution } = predictor.config;
  const draw = options.random.fork(index);
  const edited = editedLayers * wDim;
  const truncationPsi = index % 3 === 2 ? 1 : 0.7;
  const [starts, others, mixed] = await drawPictures(draw, generator, 3, truncationPsi);
  for (const [i, w] of starts!.entries()) if (draw.uniform() < 1 / 3) w.set(mixed![i]!.subarray(edited), edited);
  const resolutions = matchedResolutions(heightAndWidth(featureResolution)[0]);
  const mapsOf = (codes: readonly Float32Array[]): Maps =>
    tf.tidy(() => {
      const ws = tf.tensor3d(concatArrays(codes), [codes.length, numWs, wDim]);
      return generator.features(ws, resolutions, { noise: 'none' }).features;
    });

  let maps = mapsOf(starts!);
  const motions: TrackedMotion[] = [];
  const add = async (from: readonly Float32Array[], to: readonly Float32Array[], after: Maps) => {
    for (const [i, w] of from.entries()) {
      motions.push(await trackPlaces(draw, { w, code: to[i]!, before: maps, after, row: i }, options));
    }
  };
  try {
    const toward = starts!.map((w, i) => {
      const reach = 0.15 + 0.85 * draw.uniform();
      return w.map((value, k) => (k < edited ? value + reach * (others![i]![k]! - value) : value));
    });
    const ends = mapsOf(toward);
    try {
      await add(starts!, toward, ends);
    } finally {
      tf.dispose(Object.values(ends));
    }
    let now = starts!;
    for (let call = 0; call < 2; call++) {
      const tasks = now.map((w, i) => drawTask(draw, w, others![(i + call) % groupSize]!, options));
      const next = await dragAll(draw, now, tasks, maps[heightAndWidth(featureResolution)[0]]!, options);
      const after = mapsOf(next);
      try {
        await add(now, next, after);
      } finally {
        tf.dispose(Object.values(maps));
        maps = after;
      }
      now = next;
    }
    return motions;
  } finally {
    tf.dispose(Object.values(maps));
  }
}

/** Codes of random pictures, `[numWs * wDim]` each, in sets of a group's size. */
async function drawPictures(
  random: Random,
  generator: Generator,
  sets: number,
  truncationPsi: number,
): Promise<Float32Array[][]> {
  const codes = drawCodes(random, generator, sets * groupSize, { truncationPsi });
  try {
    const values = (await codes.data()) as Float32Array;
    const size = values.length / (sets * groupSize);
    const each = Array.from({ length: sets * groupSize }, (_, i) => values.slice(i * size, (i + 1) * size));
    return Array.from({ length: sets }, (_, k) => each.slice(k * groupSize, (k + 1) * groupSize));
  } finally {
    codes.dispose();
  }
}

/** What a user may ask for: a few points that go where another picture has them, or anywhere, and anchors. */
function drawTask(
  random: Random,
  w: Float32Array,
  other: Float32Array,
  { predictor, settling }: TrackedMotionsOptions,
): PointPair[] {
  const { config } = predictor;
  const [height, width] = heightAndWidth(config.imageResolution);
  const side = longerSide(config.imageResolution);
  const place = () => ({ x: (0.12 + 0.76 * random.uniform()) * width, y: (0.12 + 0.76 * random.uniform()) * height });
  const most = Math.min(5, config.maxPoints);
  const handles = Array.from({ length: random.uniform() < 0.5 ? 1 : 1 + random.integer(most) }, place);
  if (settling && random.uniform() < 0.4) {
    const code = w.slice();
    const edited = config.editedLayers * config.wDim;
    code.set(other.subarray(0, edited));
    const targets = settling.expect({ w, code, places: handles });
    return handles.map((handle, i) => ({ handle, target: targets[i]! }));
  }
  const pairs = handles.map((handle) => pullAnywhere(random, handle, 0.18, side));
  const anchors = random.uniform() < 0.25 ? 12 : random.integer(5);
  for (let k = 0; k < anchors && pairs.length < config.maxPoints; k++) {
    const anchor = place();
    if (mayHold(anchor, handles, side)) pairs.push({ handle: anchor, target: anchor });
  }
  return pairs;
}

/** Where drags lead: by the predictor and settled, a few by one of both alone. */
async function dragAll(
  random: Random,
  codes: readonly Float32Array[],
  tasks: readonly PointPair[][],
  features: tf.Tensor4D,
  { predictor, regularizer, settling }: TrackedMotionsOptions,
): Promise<Float32Array[]> {
  const { numWs, wDim, maxPoints } = predictor.config;
  const last = tf.tidy(() => {
    const w = tf.tensor3d(concatArrays(codes), [codes.length, numWs, wDim]);
    const points = packPoints(tasks, { maxPoints, padTo: Math.max(...tasks.map((pairs) => pairs.length)) });
    const all = predictor.predict({ w, features, ...points }, { regularize: (x) => regularizer.restore(x) });
    return tf.slice(all, [0, all.shape[1] - 1], [codes.length, 1]);
  });
  try {
    const values = (await last.data()) as Float32Array;
    return codes.map((w, i) => {
      const kind = random.uniform();
      const code = kind < 0.85 ? values.slice(i * w.length, (i + 1) * w.length) : w;
      return settling && kind > 0.15 ? settling.settle({ w, code, points: tasks[i]! }) : code;
    });
  } finally {
    last.dispose();
  }
}

/** Tracks random places of one picture in another, around where the field expects them, if it knows anything. */
async function trackPlaces(
  random: Random,
  { w, code, before, after, row }: { w: Float32Array; code: Float32Array; before: Maps; after: Maps; row: number },
  { predictor, settling }: TrackedMotionsOptions,
): Promise<TrackedMotion> {
  const { config } = predictor;
  const [height, width] = heightAndWidth(config.imageResolution);
  const side = longerSide(config.imageResolution);
  const places = Array.from(
    { length: trackedPlaces },
    (): Point => ({ x: (0.05 + 0.9 * random.uniform()) * width, y: (0.05 + 0.9 * random.uniform()) * height }),
  );
  const around = settling?.expect({ w, code, places }) ?? places;
  const cut = (maps: Maps) => Object.values(maps).map((map) => tf.slice(map, [row, 0, 0, 0], [1, -1, -1, -1]));
  const [from, to] = [cut(before), cut(after)];
  try {
    const tracker = await createPointTracker(from, places, { imageSize: { width, height } });
    const window = settling ? 0.085 * side : 0.25 * side;
    const found = await tracker.locate(
      to,
      around.map((place) => ({ around: place, window })),
    );
    const doubts = await tracker.locate(
      to,
      found.map((place) => ({ around: place, window: 0.047 * side })),
    );
    const edited = config.editedLayers * config.wDim;
    return {
      start: w.slice(0, edited),
      end: code.slice(0, edited),
      points: Float32Array.from(places.flatMap(({ x, y }) => [x, y])),
      moved: Float32Array.from(found.flatMap(({ x, y }, i) => [x - places[i]!.x, y - places[i]!.y])),
      weights: Float32Array.from(doubts, ({ distance }) => weightOf(distance / side)),
    };
  } finally {
    tf.dispose([...from, ...to]);
  }
}

/** @param doubt expected distance from where a place was found, in longer sides of the picture */
function weightOf(doubt: number): number {
  return doubt > mostDoubt ? 0 : 1 / (1 + (doubt / halfDoubt) ** 2);
}
