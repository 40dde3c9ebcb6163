import type { DragPoint } from '@autodrag/autodrag';
import { drawCodes } from '@autodrag/autodrag/training';
import { matchedPairs, matchFeatures } from '@autodrag/matching';
import type { Random } from '@autodrag/nn';
import type { Generator } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import type { UserControllableLtConfig } from './config.js';
import { localExpansion } from './local-expansion.js';
import { featureIndices, motionTokens } from './motion-tokens.js';
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
  const resolutions = [...new Set([16, 32, featureResolution].map((size) => Math.min(size, featureResolution)))];
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

/**
 * Points as the network's input.
 *
 * @param w `[B, numWs, wDim]`: codes of all pictures
 * @param map `[B, featureResolution, width, featureChannels]`: their features
 * @param rows which of the pictures the drags are of
 * @param scaled as in `motionTokens`
 * @returns all of it new, the caller's
 */
export function userControllableLtInput(
  config: UserControllableLtConfig,
  drags: readonly { points: readonly DragPoint[]; expansions?: readonly number[] }[],
  { w, map, rows, scaled = false }: { w: tf.Tensor3D; map: tf.Tensor4D; rows: readonly number[]; scaled?: boolean },
): UserControllableLtInput {
  const [, mapHeight, mapWidth, channels] = map.shape;
  const B = drags.length;
  const P = Math.max(...drags.map(({ points }) => points.length));
  const motions = new Float32Array(B * P * 3);
  const mask = new Float32Array(B * P);
  const index = new Int32Array(B * P);
  const alpha = new Float32Array(B);
  drags.forEach(({ points, expansions }, b) => {
    const tokens = motionTokens(points, config, { expansions, scaled });
    motions.set(tokens.motions, b * P * 3);
    mask.fill(1, b * P, b * P + points.length);
    alpha[b] = tokens.alpha;
    const places = featureIndices(points, config);
    for (let p = 0; p < P; p++) index[b * P + p] = rows[b]! * mapHeight * mapWidth + (places[p] ?? 0);
  });
  const [code, features] = tf.tidy(() => [
    tf.gather(w, tf.tensor1d(Int32Array.from(rows), 'int32')),
    tf.reshape(tf.gather(tf.reshape(map, [-1, channels]), tf.tensor1d(index, 'int32')), [B, P, channels]),
  ]) as [tf.Tensor3D, tf.Tensor3D];
  return {
    w: code,
    features,
    motions: tf.tensor3d(motions, [B, P, 3]),
    pointMask: tf.tensor2d(mask, [B, P]),
    alpha: tf.tensor1d(alpha),
  };
}
