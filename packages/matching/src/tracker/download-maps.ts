import { firstNotFinite, InvalidArgumentError, matchShape } from '@autodrag/nn';
import type * as tf from '@tensorflow/tfjs-core';
import type { FeatureMaps } from '../image/image-like.js';

/** A feature map in ordinary memory, row by row. */
export type MapValues = {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly data: Float32Array;
};

/**
 * The values of one image's feature maps, the smallest first.
 *
 * @param features maps `[1, h, w, C]`
 * @param where function and argument, for messages
 * @throws InvalidArgumentError if there is none; ShapeError
 */
export async function downloadMaps(features: FeatureMaps, where: string): Promise<MapValues[]> {
  const maps = Object.values(features) as tf.Tensor4D[];
  if (maps.length === 0) throw new InvalidArgumentError(`${where}: expected at least one feature map, got none`);
  const values = await Promise.all(
    maps.map(async (map): Promise<MapValues> => {
      matchShape(map.shape, [1, 'h', 'w', 'C'], where);
      const [, rows, columns, channels] = map.shape;
      return { rows, columns, channels, data: (await map.data()) as Float32Array };
    }),
  );
  return values.sort((a, b) => a.rows * a.columns - b.rows * b.columns);
}

/**
 * @param energies squares of the lengths of features of the map: finite only if those are
 * @throws InvalidArgumentError if one is not finite
 */
export function checkFinite(map: MapValues, energies: Float32Array, where: string): void {
  if (firstNotFinite(energies) >= 0) throw notFinite(map, where);
}

/**
 * `[C]`, the mean of each channel over the map.
 *
 * @throws InvalidArgumentError if a value is not finite
 */
export function channelMeans(map: MapValues, where: string): Float32Array {
  const { channels, data } = map;
  const sums = new Float64Array(channels);
  let at = 0;
  // two cells at once, since reading and writing the sums is what costs
  for (; at + channels < data.length; at += 2 * channels) {
    for (let c = at; c < at + channels; c++) sums[c - at]! += data[c]! + data[c + channels]!;
  }
  for (; at < data.length; at += channels) for (let c = 0; c < channels; c++) sums[c]! += data[at + c]!;
  if (!sums.every(Number.isFinite)) throw notFinite(map, where);
  return Float32Array.from(sums, (sum) => (sum * channels) / data.length);
}

function notFinite({ rows, columns }: MapValues, where: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `${where}: expected finite values, but the map of ${rows} × ${columns} has some that are not`,
  );
}
