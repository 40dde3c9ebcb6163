import { drawCodes, matchedResolutions } from '@autodrag/autodrag/training';
import { matchedPairs, matchFeatures } from '@autodrag/matching';
import type { Random } from '@autodrag/nn';
import type { Generator } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import type { UserControllableLtConfig } from './config.js';
import { localExpansion } from './local-expansion.js';
import { userControllableLtInput } from './network-input.js';
import type { UserControllableLtInput } from './user-controllable-lt.js';

/** What one step learns from; its tensors are the caller's. */
export type UserControllableLtPairs = {
  readonly input: UserControllableLtInput;
  /** `[B, editedLayers, wDim]`: where the first layers have gone */
  readonly moved: tf.Tensor3D;
  /** Pairs in which nothing was found again, which are left out. */
  readonly skipped: number;
};

/**
 * Pairs of near pictures: `w_1` of the mapping network, and the same with its edited layers a step towards others,
 * drawn for each layer by itself and untruncated. Their flow is read on a grid of points, by matching the
 * generator's feature maps.
 *
 * @param random advanced by the call
 * @returns null if nothing matches in any of them
 */
export async function drawPairs(
  random: Random,
  generator: Generator,
  config: UserControllableLtConfig,
  {
    count,
    truncationPsi,
    moveShare,
    grid,
  }: {
    count: number;
    truncationPsi: number;
    moveShare: number;
    /** Points along the longer side that the flow between two pictures is read on. */
    grid: number;
  },
): Promise<UserControllableLtPairs | null> {
  const { imageHeight: height, imageWidth: width, featureResolution } = config;
  const resolutions = matchedResolutions(featureResolution);
  const [w, moved, before, after] = tf.tidy(() => {
    const start = drawCodes(random, generator, count, { truncationPsi });
    const edited = stepAside(random, generator, start, config, moveShare);
    const kept = tf.slice(start, [0, config.editedLayers, 0], [-1, -1, -1]);
    const maps = (ws: tf.Tensor3D) => generator.features(ws, resolutions, { noise: 'none' }).features;
    return [start, edited, maps(start), maps(tf.concat([edited, kept], 1) as tf.Tensor3D)] as never;
  }) as [tf.Tensor3D, tf.Tensor3D, Record<number, tf.Tensor4D>, Record<number, tf.Tensor4D>];
  try {
    const longer = Math.max(height, width);
    const matches = await matchFeatures(before, after, {
      imageSize: { width, height },
      stride: longer / grid,
      searchRadius: longer / 8,
      minScore: 0.8,
    });
    const flows = matches.map(matchedPairs);
    const used = flows.flatMap((pairs, i) => (pairs.length > 0 ? [i] : []));
    if (used.length === 0) return null;
    const input = userControllableLtInput(
      config,
      used.map((i) => ({ points: flows[i]!, expansions: localExpansion(flows[i]!, (1.6 * longer) / grid) })),
      { w, map: before[featureResolution]!, rows: used },
    );
    const rows = tf.tensor1d(used, 'int32');
    const wanted = tf.gather(moved, rows) as tf.Tensor3D;
    rows.dispose();
    return { input, moved: wanted, skipped: count - used.length };
  } finally {
    tf.dispose([w, moved, ...Object.values(before), ...Object.values(after)]);
  }
}

/** The edited layers `moveShare` of the way to codes that are drawn for each layer by itself. */
function stepAside(
  random: Random,
  generator: Generator,
  start: tf.Tensor3D,
  { editedLayers, wDim }: UserControllableLtConfig,
  moveShare: number,
): tf.Tensor3D {
  const count = start.shape[0];
  const others = drawCodes(random, generator, count * editedLayers, { truncationPsi: 1 });
  const each = tf.reshape(tf.slice(others, [0, 0, 0], [-1, 1, -1]), [count, editedLayers, wDim]);
  const own = tf.slice(start, [0, 0, 0], [-1, editedLayers, -1]);
  return tf.add(own, tf.mul(tf.sub(each, own), moveShare)) as tf.Tensor3D;
}
