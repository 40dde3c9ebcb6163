import { InvalidArgumentError } from '@autodrag/nn';
import type { ImageSize } from '../gms/gms-inliers.js';
import type { FeatureMaps } from '../image/image-like.js';
import { channelMeans, downloadMaps } from './download-maps.js';
import type { Point } from './point.js';
import { type Cost, type PointSearch, searchWindow, type TrackedPoint } from './search-window.js';
import { createSimilarities, sampleFeatures } from './similarity.js';

/** Follows points of one image through others. Holds their features in ordinary memory, no tensors. */
export type PointTracker = {
  /**
   * Where the points are in another image.
   *
   * @param features maps `[1, h, w, C]` of the same shapes as those of the first image
   * @param searches one for each point
   * @throws InvalidArgumentError, ShapeError
   */
  locate(features: FeatureMaps, searches: readonly PointSearch[]): Promise<TrackedPoint[]>;
};

export type PointTrackerOptions = {
  /** Size of the image in pixels; points are in its coordinates. @default the size of the largest map */
  imageSize?: number | ImageSize;
};

/**
 * Makes a tracker of points of an image. A point is where the features are most like those that it had in the first
 * image: least mean over the maps of `2 (1 - cos)`, after the mean of each channel over the first image is taken away.
 * Each map counts alike. Always compared with the first image, so that small errors do not add up, and with no opinion
 * of where a point should be, so that a point that did not go where it was pulled is not found there.
 *
 * Computed here and not on the device: it is a few thousand places, and one download of small maps.
 *
 * @param features maps `[1, h, w, C]` of any resolutions; read here, not kept
 * @param points in pixels
 * @throws InvalidArgumentError, ShapeError
 */
export async function createPointTracker(
  features: FeatureMaps,
  points: readonly Point[],
  { imageSize }: PointTrackerOptions = {},
): Promise<PointTracker> {
  for (const [index, { x, y }] of points.entries()) {
    if (!(Number.isFinite(x) && Number.isFinite(y))) {
      throw new InvalidArgumentError(`createPointTracker: points: point ${index} is (${x}, ${y})`);
    }
  }
  const first = await downloadMaps(features, 'createPointTracker: features');
  const { rows, columns } = first.at(-1)!;
  const size = sizeOf(imageSize, { width: columns, height: rows });
  const references = first.map((map) => {
    const mean = channelMeans(map, 'createPointTracker: features');
    const wanted = points.map((point) => sampleFeatures(map, mean, point, size));
    return { mean, wanted, shape: `[1, ${map.rows}, ${map.columns}, ${map.channels}]` };
  });
  return {
    async locate(features, searches) {
      const maps = await downloadMaps(features, 'locate: features');
      checkAlike(
        references.map(({ shape }) => shape),
        maps.map((map) => `[1, ${map.rows}, ${map.columns}, ${map.channels}]`),
      );
      if (searches.length !== points.length) {
        throw new InvalidArgumentError(`locate: searches: expected ${points.length}, got ${searches.length}`);
      }
      const similarities = maps.map((map, i) => {
        const { mean, wanted } = references[i]!;
        return createSimilarities(map, mean, wanted, size);
      });
      return searches.map((where, p) => {
        checkSearch(where, p);
        const alike = similarities.map((of) => of[p]!);
        // rounding may see more than the same
        const costOf = (sum: number) => Math.max(2 * (1 - sum / maps.length), 0);
        const cost: Cost = {
          at: (x, y) => costOf(alike.reduce((sum, one) => sum + one.at(x, y), 0)),
          grid: (xs, ys) => {
            const costs = new Float64Array(xs.length * ys.length);
            for (const one of alike) one.addGrid(xs, ys, costs);
            for (let i = 0; i < costs.length; i++) costs[i] = costOf(costs[i]!);
            return costs;
          },
        };
        return searchWindow(cost, where, size);
      });
    },
  };
}

function sizeOf(imageSize: PointTrackerOptions['imageSize'], largest: ImageSize): ImageSize {
  const size = typeof imageSize === 'number' ? { width: imageSize, height: imageSize } : (imageSize ?? largest);
  if (size.width >= 1 && size.height >= 1 && Number.isFinite(size.width * size.height)) return size;
  throw new InvalidArgumentError(
    `createPointTracker: imageSize: expected positive sizes, got ${size.width} x ${size.height}`,
  );
}

function checkAlike(expected: readonly string[], got: readonly string[]): void {
  if (expected.join() === got.join()) return;
  throw new InvalidArgumentError(
    `locate: features: expected maps ${expected.join(', ')} as of the first image, got ${got.join(', ')}`,
  );
}

function checkSearch({ around, window, to = around }: PointSearch, index: number): void {
  const where = `locate: searches[${index}]`;
  for (const { x, y } of [around, to]) {
    if (!(Number.isFinite(x) && Number.isFinite(y)))
      throw new InvalidArgumentError(`${where}: (${x}, ${y}) is no place`);
  }
  if (window > 0 && Number.isFinite(window)) return;
  throw new InvalidArgumentError(`${where}: window: expected a positive number of pixels, got ${window}`);
}
