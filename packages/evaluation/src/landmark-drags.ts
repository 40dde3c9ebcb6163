import type { Autodrag, DragPoint, Picture } from '@autodrag/autodrag';
import { avatarDomain } from '@autodrag/avatars';
import { concatArrays, createRandom, InvalidArgumentError, median } from '@autodrag/nn';
import { type RenderedDomain, unitMeanSquare } from '@autodrag/rendered-domain';
import { type LandmarkDetectorParameters, landmarkDetector } from '@autodrag/rendered-domain/detector';
import { mixStyles } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';

export type LandmarkDragOptions = {
  /** The renderer that the generator was distilled from. @default the avatars */
  domain?: RenderedDomain;
  /** Locates landmarks in pictures; trained on renders alone, nothing that the model has seen. */
  detector: LandmarkDetectorParameters;
  /** @default 200 */
  drags?: number;
  /** One landmark drawn at random, or the standard five (eyes, nose tip and mouth corners of a face). @default 1 */
  points?: 1 | 5;
  /** At most so many calls of the predictor. @default 4 */
  calls?: number;
  /** Landmarks (the mean of the five) move at least so far, in pixels at 512. @default 50 */
  minimumDistance?: number;
  /** @default 0 */
  seed?: number;
  /** @default 0.7 */
  truncationPsi?: number;
  signal?: AbortSignal;
};

/** One drag; distances in pixels of the picture, mean over its points, as the detector sees them. */
export type LandmarkDrag = {
  readonly before: number;
  /** After one call of the predictor. */
  readonly afterOneCall: number;
  /** After the last. */
  readonly after: number;
  /** What the session itself says of the same: its `distanceAfter`. */
  readonly tracked: number;
  readonly calls: number;
  readonly milliseconds: number;
};

export type LandmarkDragSummary = {
  readonly drags: number;
  /** Medians of the remaining share of the distance. */
  readonly remainingAfterOneCall: number;
  readonly remaining: number;
  /** The same as the session says it, which knows no detector. */
  readonly trackedRemaining: number;
  /** Median of the session's distance over the detector's: 1 where the session is an honest judge of itself. */
  readonly trackedRatio: number;
  /** Share of the drags that end farther away than they began, after one call and after all. */
  readonly worseAfterOneCall: number;
  readonly worse: number;
  /** Mean distances in pixels at 512. */
  readonly meanDistanceBefore: number;
  readonly meanDistanceAfterOneCall: number;
  readonly meanDistance: number;
  readonly medianMilliseconds: number;
};

/**
 * Landmark manipulation: a landmark of one picture is pulled to where the same landmark is in a second picture that
 * differs only in geometry. The seeds are none that a training uses.
 *
 * @yields each drag
 */
export async function* landmarkDrags(
  autodrag: Autodrag,
  {
    domain = avatarDomain,
    detector,
    drags = 200,
    points = 1,
    calls = 4,
    minimumDistance = 50,
    seed = 0,
    truncationPsi = 0.7,
    signal,
  }: LandmarkDragOptions,
): AsyncGenerator<LandmarkDrag> {
  const { generator, width, height } = autodrag;
  if (width !== height || width % 128 !== 0) {
    throw new InvalidArgumentError(
      `landmarkDrags: expected square pictures with a side of 128 or a multiple of it, got a ${width}x${height} generator.`,
    );
  }
  const random = createRandom(seed).fork('evaluation');
  const threshold = (minimumDistance * width) / 512;
  const edited = 6;
  for (let pair = 0, done = 0; done < drags; pair++) {
    signal?.throwIfAborted();
    const draw = random.fork(pair);
    const z = [0, 1, 2].map(() => Float32Array.from({ length: generator.config.zDim }, () => draw.normal()));
    const [first, second, w] = tf.tidy(() => {
      const ws = generator.mapping(tf.tensor2d(concatArrays(z), [3, z[0]!.length]), {
        truncationPsi,
      });
      const [shapeA, colour, shapeB] = tf.split(ws, 3, 0) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
      const a = mixStyles(shapeA, colour, edited);
      const b = mixStyles(shapeB, colour, edited);
      return [generator.synthesis(a), generator.synthesis(b), a];
    }) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor3D];
    const code = (await w.data()) as Float32Array;
    const from = await locate(detector, first);
    const to = await locate(detector, second);
    tf.dispose([first, second, w]);

    const chosen = chooseLandmarks(points, domain, [z[0]!, z[2]!], from, to, threshold, (n) => draw.integer(n));
    if (!chosen) continue;
    const task = chosen.map((i): DragPoint => ({ handle: clamped(from, i, width), target: clamped(to, i, width) }));
    const distanceIn = (found: Float32Array) =>
      chosen.reduce((sum, i, k) => {
        const { target } = task[k]!;
        return sum + Math.hypot(found[2 * i]! - target.x, found[2 * i + 1]! - target.y);
      }, 0) / chosen.length;

    const session = await autodrag.open(code);
    let oneCall: Picture = session.image;
    const initial = meanLength(task);
    let milliseconds = 0;
    const result = await session.drag(task, {
      calls,
      onCall: ({ call, distance, picture }) => {
        // What `calls: 1` would return: the picture, unless tracking says that it is no nearer.
        if (call === 1 && distance < initial) oneCall = picture;
      },
    });
    milliseconds = result.milliseconds;
    const afterOneCall = distanceIn(await locatePicture(detector, oneCall));
    const after = distanceIn(await locatePicture(detector, result.image));
    session.dispose();
    done += 1;
    yield {
      before: distanceIn(from),
      afterOneCall,
      after,
      tracked: result.distanceAfter,
      calls: result.calls,
      milliseconds,
    };
  }
}

/**
 * Medians, shares and means of many drags.
 *
 * @param resolution side of the pictures in pixels, in which the drags' distances are: `autodrag.width`
 */
export function summarizeLandmarkDrags(drags: readonly LandmarkDrag[], resolution: number): LandmarkDragSummary {
  const scale = 512 / resolution;
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const share = (test: (drag: LandmarkDrag) => boolean) => drags.filter(test).length / drags.length;
  return {
    drags: drags.length,
    remainingAfterOneCall: median(drags.map(({ before, afterOneCall }) => afterOneCall / before)),
    remaining: median(drags.map(({ before, after }) => after / before)),
    trackedRemaining: median(drags.map(({ before, tracked }) => tracked / before)),
    trackedRatio: median(drags.map(({ after, tracked }) => tracked / after)),
    worseAfterOneCall: share(({ before, afterOneCall }) => afterOneCall > before),
    worse: share(({ before, after }) => after > before),
    meanDistanceBefore: scale * mean(drags.map(({ before }) => before)),
    meanDistanceAfterOneCall: scale * mean(drags.map(({ afterOneCall }) => afterOneCall)),
    meanDistance: scale * mean(drags.map(({ after }) => after)),
    medianMilliseconds: median(drags.map(({ milliseconds }) => milliseconds)),
  };
}

function chooseLandmarks(
  points: 1 | 5,
  domain: RenderedDomain,
  z: readonly [from: Float32Array, to: Float32Array],
  from: Float32Array,
  to: Float32Array,
  threshold: number,
  pick: (n: number) => number,
): number[] | null {
  const length = (i: number) => Math.hypot(to[2 * i]! - from[2 * i]!, to[2 * i + 1]! - from[2 * i + 1]!);
  if (points === 5) {
    const five = [...domain.standardPoints.five];
    return five.reduce((sum, i) => sum + length(i), 0) / five.length >= threshold ? five : null;
  }
  // A landmark that is hidden in one of the pictures cannot be seen by a user or by the detector.
  const seen = z.map((one) => domain.landmarks(unitMeanSquare(one), { resolution: 128 }).visible);
  const far = Array.from(seen[0]!.keys()).filter((i) => seen[0]![i] && seen[1]![i] && length(i) >= threshold);
  return far.length > 0 ? [far[pick(far.length)]!] : null;
}

function clamped(points: Float32Array, i: number, size: number): { x: number; y: number } {
  const inside = (value: number) => Math.min(size - 1, Math.max(0, value));
  return { x: inside(points[2 * i]!), y: inside(points[2 * i + 1]!) };
}

function meanLength(points: readonly DragPoint[]): number {
  return (
    points.reduce((sum, { handle, target }) => sum + Math.hypot(target.x - handle.x, target.y - handle.y), 0) /
    points.length
  );
}

async function locate(detector: LandmarkDetectorParameters, image: tf.Tensor4D): Promise<Float32Array> {
  const found = landmarkDetector(detector, image);
  try {
    return (await found.data()) as Float32Array;
  } finally {
    found.dispose();
  }
}

async function locatePicture(detector: LandmarkDetectorParameters, picture: Picture): Promise<Float32Array> {
  const { width, height, data } = picture;
  const values = new Float32Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    for (let channel = 0; channel < 3; channel++) values[3 * i + channel] = data[4 * i + channel]! / 127.5 - 1;
  }
  const image = tf.tensor4d(values, [1, height, width, 3]);
  try {
    return await locate(detector, image);
  } finally {
    image.dispose();
  }
}
