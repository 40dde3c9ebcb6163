import { InvalidArgumentError, matchShape } from '@autodrag/nn';
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
 * @throws InvalidArgumentError if there is none or a value is not finite; ShapeError
 */
export async function downloadMaps(features: FeatureMaps, where: string): Promise<MapValues[]> {
  const maps = Object.values(features) as tf.Tensor4D[];
  if (maps.length === 0) throw new InvalidArgumentError(`${where}: expected at least one feature map, got none`);
  const values = await Promise.all(
    maps.map(async (map): Promise<MapValues> => {
      matchShape(map.shape, [1, 'h', 'w', 'C'], where);
      const [, rows, columns, channels] = map.shape;
      const data = (await map.data()) as Float32Array;
      if (!allFinite(data)) {
        throw new InvalidArgumentError(
          `${where}: expected finite values, but the map of ${rows} × ${columns} has some that are not`,
        );
      }
      return { rows, columns, channels, data };
    }),
  );
  return values.sort((a, b) => a.rows * a.columns - b.rows * b.columns);
}

/** One sum tells: it stays finite only if all values are, short of values that add up to more than a number can be. */
function allFinite(data: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]!;
  return Number.isFinite(sum);
}

/** `[C]`, the mean of each channel over the map. */
export function channelMeans({ channels, data }: MapValues): Float32Array {
  const sums = new Float64Array(channels);
  for (let at = 0; at < data.length; at += channels) {
    for (let c = 0; c < channels; c++) sums[c]! += data[at + c]!;
  }
  return Float32Array.from(sums, (sum) => (sum * channels) / data.length);
}
