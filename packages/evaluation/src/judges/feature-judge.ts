import type { Autodrag } from '@autodrag/autodrag';
import { matchedResolutions, strictMatching } from '@autodrag/autodrag/training';
import { type Matches, matchFeatures, type Point } from '@autodrag/matching';
import { createRandom, InvalidArgumentError, type Random } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { DragTask } from '../tasks/drag-task.js';
import { drawPair } from '../tasks/draw-pair.js';
import type { LandmarkTaskOptions } from '../tasks/landmark-tasks.js';
import type { Judge } from './judge.js';

type Drawn = Pick<Autodrag, 'generator' | 'width' | 'height'>;
type Maps = Readonly<Record<number, tf.Tensor4D>>;

/** Points of a picture that are followed, at most; the others than the dragged ones tell what moved unasked. */
const mostPoints = 32;
/** Pairs without a task, one after the other, after which there is none to be hoped for. */
const mostInVain = 200;
/** The finest map that is matched, where the generator has it. */
const finestMap = 64;

/**
 * A judge for domains that no detector knows: points of a picture are found again in others by the generator's
 * features, over the whole picture, as the paper judges cars and cats. It has no landmarks of its own: its tasks are
 * points of one picture that match in a second one, and go there.
 *
 * It sees as the predictor's training and the tracker between calls see, so it may favour them; a detector is a better
 * judge where there is one.
 */
export function featureJudge(): Judge {
  return {
    name: 'matched features',
    count: mostPoints,
    error:
      'matching by the generator’s features, which the tracking between calls uses, too; on motions of the avatars 88 to 95 % of its strict matches are within 3 pixels (of 512) of the truth',
    five: [],
    locate: async () => null,
    tasks: featureTasks,
  };
}

/** Tasks of matched points: see `featureJudge`. */
async function* featureTasks(
  autodrag: Drawn,
  { points = 1, drags = 200, minimumDistance = 50, seed = 0, truncationPsi = 0.7, signal }: LandmarkTaskOptions,
): AsyncGenerator<DragTask> {
  const { generator, width, height } = autodrag;
  const random = createRandom(seed).fork('evaluation by features');
  const longer = Math.max(width, height);
  const threshold = (minimumDistance * longer) / 512;
  for (let pair = 0, index = 0, inVain = 0; index < drags; pair++) {
    signal?.throwIfAborted();
    if (inVain++ === mostInVain) {
      throw new InvalidArgumentError(
        `featureJudge: ${mostInVain} pairs of pictures had no ${points} points that match and move ${minimumDistance} px (at 512). Ask for a smaller minimumDistance.`,
      );
    }
    const draw = random.fork(pair);
    const { w, targetW, pictures } = await drawPair(draw, generator, truncationPsi);
    tf.dispose([...pictures]);
    const [before, after] = [mapsOf(autodrag, w), mapsOf(autodrag, targetW)];
    let matches: Matches;
    try {
      const size = { imageSize: { width, height } };
      matches = (await matchFeatures(before, after, { ...size, ...strictMatching(longer) }))[0]!;
    } finally {
      tf.dispose([before, after]);
    }
    const order = orderOf(draw, matches, points, threshold);
    if (!order) continue;
    const { kept, dragged } = order;
    const coordinates = (of: Float32Array) => Float32Array.from(kept.flatMap((i) => [of[2 * i]!, of[2 * i + 1]!]));
    const [from, to] = [coordinates(matches.pointsA), coordinates(matches.pointsB)];
    const at = (of: Float32Array, k: number): Point => ({ x: of[2 * k]!, y: of[2 * k + 1]! });
    const landmarks = Array.from({ length: dragged }, (_, k) => k);
    const pulls = landmarks.map((k) => ({ handle: at(from, k), target: at(to, k) }));
    const judge = pointsJudge(autodrag, w, from);
    yield { index, count: points, w, targetW, points: pulls, landmarks, from, to, judge };
    index++;
    inVain = 0;
  }
}

/** The matches of a task, the dragged ones first; null where they move too little, or are too few. */
function orderOf(draw: Random, { pointsA, pointsB, count }: Matches, points: DragTask['count'], threshold: number) {
  const way = (i: number) => Math.hypot(pointsB[2 * i]! - pointsA[2 * i]!, pointsB[2 * i + 1]! - pointsA[2 * i + 1]!);
  const shuffled = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = draw.integer(i + 1);
    [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
  }
  const far = shuffled.filter((i) => way(i) >= threshold);
  const wanted = typeof points === 'number' ? points : null; // null for all
  const dragged = wanted === null ? shuffled.slice(0, mostPoints) : far.slice(0, wanted);
  if (dragged.length === 0 || (wanted !== null && dragged.length < wanted)) return null;
  if (dragged.reduce((sum, i) => sum + way(i), 0) / dragged.length < threshold) return null;
  const others = shuffled.filter((i) => !dragged.includes(i));
  return { kept: [...dragged, ...others].slice(0, mostPoints), dragged: dragged.length };
}

/** Finds the points of one picture in others. Holds no tensors. */
function pointsJudge(autodrag: Drawn, first: Float32Array, from: Float32Array): Judge {
  const { width, height } = autodrag;
  const count = from.length / 2;
  const points = Array.from({ length: count }, (_, k): Point => ({ x: from[2 * k]!, y: from[2 * k + 1]! }));
  return {
    ...featureJudge(),
    count,
    tasks: undefined,
    async locate(_, w) {
      const [before, now] = [mapsOf(autodrag, first), mapsOf(autodrag, w)];
      try {
        const all = { mutualTolerance: Number.POSITIVE_INFINITY, smooth: 'none', minScore: 0 } as const;
        const [found] = await matchFeatures(before, now, { imageSize: { width, height }, points, ...all });
        return found!.count === count ? Float32Array.from(found!.pointsB) : null;
      } finally {
        tf.dispose([before, now]);
      }
    },
  };
}

function mapsOf({ generator }: Drawn, w: Float32Array): Maps {
  const { wDim, resolution } = generator.config;
  const heights = matchedResolutions(Math.min(finestMap, resolution));
  return tf.tidy(() => {
    const code = tf.tensor3d(w, [1, w.length / wDim, wDim]);
    return generator.features(code, heights, { noise: 'none' }).features as never;
  }) as Maps;
}
