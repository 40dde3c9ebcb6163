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

/** @throws InvalidArgumentError if a value is not finite */
export function checkFinite(maps: readonly MapValues[], where: string): void {
  for (const map of maps) if (!Number.isFinite(sumOf(map.data))) throw notFinite(map, where);
}

/** It stays finite only if all values are, short of values that add up to more than a number can be. */
function sumOf(data: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0]; // sums that do not wait for one another
  let i = 0;
  for (; i + 3 < data.length; i += 4) {
    a += data[i]!;
    b += data[i + 1]!;
    c += data[i + 2]!;
    d += data[i + 3]!;
  }
  for (; i < data.length; i++) a += data[i]!;
  return a + b + c + d;
}

/**
 * `[C]`, the mean of each channel over the map.
 *
 * @throws InvalidArgumentError if a value is not finite
 */
export function channelMeans(map: MapValues, where: string): Float32Array {
  const { channels, data } = map;
  const sums = new Float64Array(channels);
  for (let at = 0; at < data.length; at += channels) {
    for (let c = 0; c < channels; c++) sums[c]! += data[at + c]!;
  }
  if (!sums.every(Number.isFinite)) throw notFinite(map, where);
  return Float32Array.from(sums, (sum) => (sum * channels) / data.length);
}

function notFinite({ rows, columns }: MapValues, where: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `${where}: expected finite values, but the map of ${rows} × ${columns} has some that are not`,
  );
}
