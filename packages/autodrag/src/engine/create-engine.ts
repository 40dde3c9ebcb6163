import {
  createSettlingOnHost,
  type HostSettling,
  heightAndWidth,
  type LatentPredictor,
} from '@autodrag/latent-predictor';
import type { LatentRegularizer } from '@autodrag/latent-regularizer';
import { createPointTracker } from '@autodrag/matching';
import { InvalidArgumentError } from '@autodrag/nn';
import { createHost } from '@autodrag/nn/host';
import { blockResolutions, blockSize, type FeaturesResult, type Generator, numWs } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { ModelError } from '../errors.js';
import { type Picture, pictureFromTensor } from '../picture/picture.js';
import { createHostRollout, type HostRollout } from './create-host-rollout.js';
import type { Engine, Seen, View } from './engine.js';
import { predictCodes } from './predict-codes.js';

/** Wires generator, regularizer and predictor for a session. It reads the models and does not own them. */
export function createEngine(
  {
    generator,
    regularizer,
    predictor,
  }: { generator: Generator; regularizer: LatentRegularizer | null; predictor: LatentPredictor | null },
  { callDistance, settling = true }: { callDistance?: number; settling?: boolean } = {},
): Engine & { readonly width: number; readonly height: number } {
  const { config } = generator;
  const [height, width] = blockSize(config, config.resolution);
  checkCallDistance(callDistance, width + height);
  const layers = numWs(config);
  const { wDim } = config;
  const blocks = blockResolutions(config);
  const tracked = trackedResolutions(blocks);
  const memory = predictor ? heightAndWidth(predictor.config.featureResolution)[0] : null;
  const wanted = [...new Set([...tracked, ...(memory === null ? [] : [memory])])].sort((a, b) => a - b);
  // the last block is about half of a pass
  const smaller = config.architecture === 'skip' ? blocks.at(-2) : undefined;
  let hostRollout: Promise<HostRollout | null> | undefined;
  const onHost = () => {
    hostRollout ??= predictor ? createHostRollout(predictor, regularizer) : Promise.resolve(null);
    return hostRollout;
  };
  let hostSettling: Promise<HostSettling | null> | undefined;
  const settler = () => {
    hostSettling ??= predictor && settling ? createSettlingOnHost(createHost(), predictor) : Promise.resolve(null);
    return hostSettling;
  };
  const asTensor = (w: Float32Array) => tf.tensor3d(w, [1, layers, wDim]);
  const highest = Math.max(...wanted);
  const look = (w: Float32Array): View => {
    const code = w.slice();
    const { features, image: rgb } = tf.tidy(
      () => generator.features(asTensor(code), wanted, { image: true, until: highest }) as never,
    ) as FeaturesResult;
    const picture = () =>
      pictureOf(() => {
        if (highest === config.resolution) return tf.clone(rgb as tf.Tensor4D);
        const from = { resolution: highest, x: features[highest] as tf.Tensor4D, rgb };
        return generator.features(asTensor(code), [], { image: true, from }).image as tf.Tensor4D;
      });
    let painted: Promise<Picture> | undefined;
    return {
      features,
      paint: () => {
        painted ??= picture();
        return painted;
      },
      dispose: () => tf.dispose([...Object.values(features), ...(rgb ? [rgb] : [])]),
    };
  };

  return {
    numWs: layers,
    wDim,
    width,
    height,
    maxPoints: predictor?.config.maxPoints ?? 0,
    steps: predictor?.config.steps ?? 0,
    callDistance: callDistance ?? 0.35 * width,
    drafts: smaller !== undefined,
    async render(w) {
      const view = look(w);
      try {
        return { picture: await view.paint(), features: view.features, dispose: view.dispose };
      } catch (error) {
        view.dispose();
        throw error;
      }
    },
    look,
    async paint(w, { draft = false } = {}) {
      const until = draft ? smaller : undefined;
      return pictureOf(() => {
        const painted = generator.synthesis(asTensor(w), { until });
        return until === undefined ? painted : tf.image.resizeBilinear(painted, [height, width], false, true);
      });
    },
    async *predict(seen, w, points) {
      if (!predictor || memory === null) throw new ModelError('drag: this model has no predictor.');
      const features = seen.features[memory] as tf.Tensor4D;
      yield* predictCodes({ predictor, regularizer, onHost, settler }, { w, features, points });
    },
    async expect(from, to, places) {
      return (await settler())?.expect({ w: from, code: to, places }) ?? null;
    },
    async track(seen, points) {
      const maps = ({ features }: Seen) => tracked.map((resolution) => features[resolution] as tf.Tensor4D);
      const options = { imageSize: { width, height } };
      const tracker = await finite(() => createPointTracker(maps(seen), points, options));
      return { locate: (other, searches) => finite(() => tracker.locate(maps(other), searches)) };
    },
  };
}

async function pictureOf(draw: () => tf.Tensor4D): Promise<Picture> {
  const image = tf.tidy(draw);
  try {
    return await pictureFromTensor(image);
  } finally {
    image.dispose();
  }
}

function checkCallDistance(callDistance: unknown, most: number): void {
  if (callDistance === undefined) return;
  if (typeof callDistance === 'number' && callDistance >= 1 && callDistance <= most) return;
  throw new InvalidArgumentError(
    `createAutodrag: callDistance: expected pixels from 1 to ${most}, got ${String(callDistance)}. Leave it out for 0.35 of the picture's width.`,
  );
}

/** Points are checked before they are tracked, so what the tracker refuses are the generator's features. */
async function finite<T>(track: () => Promise<T>): Promise<T> {
  try {
    return await track();
  } catch (cause) {
    if (!(cause instanceof InvalidArgumentError)) throw cause;
    throw new ModelError(
      'drag: the generator gave features that are not finite. Its weights are damaged, or the code is none of its own.',
      { cause },
    );
  }
}

/**
 * Blocks whose features tell places apart: from 16 up, but not the last, which knows colours, nor any above a quarter
 * of the picture (64 at least, 128 at most). On the avatars of 256 pixels the median error with 128 and without is 0.75
 * and 0.79 pixels of 128 and the 90th percentile 3.5 and 2.9, in half of the time; b16 makes the large ones fewer.
 */
function trackedResolutions(blocks: readonly number[]): number[] {
  const finest = Math.min(Math.max((blocks.at(-1) ?? 0) / 4, 64), 128);
  const useful = blocks.slice(0, -1).filter((resolution) => resolution >= 16 && resolution <= finest);
  return useful.length ? useful : blocks.slice(-1);
}
