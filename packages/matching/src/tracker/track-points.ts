import type { FeatureMaps } from '../image/image-like.js';
import { createPointTracker, type PointTrackerOptions } from './create-point-tracker.js';
import type { Point } from './point.js';
import type { TrackedPoint } from './search-window.js';

/** Options of `trackPoints`. */
export type TrackPointsOptions = PointTrackerOptions & {
  /** Search up to so many pixels from the point, on each axis. @default 1/8 of the image's longer side */
  window?: number;
};

/**
 * Where points of one image are found again in another, near to where they were. For more than one other image make a
 * tracker, `createPointTracker`, which says how it is done.
 *
 * @param featuresBefore maps `[1, h, w, C]`
 * @param featuresAfter maps of the same shapes
 * @returns for each point where it is; `distance` is how far it moved
 * @throws InvalidArgumentError, ShapeError
 */
export async function trackPoints(
  featuresBefore: FeatureMaps,
  featuresAfter: FeatureMaps,
  points: readonly Point[],
  { window, imageSize }: TrackPointsOptions = {},
): Promise<TrackedPoint[]> {
  const tracker = await createPointTracker(featuresBefore, points, { imageSize });
  const searched = window ?? longerSide(featuresBefore, imageSize) / 8;
  return tracker.locate(
    featuresAfter,
    points.map((around) => ({ around, window: searched })),
  );
}

function longerSide(features: FeatureMaps, imageSize: PointTrackerOptions['imageSize']): number {
  if (typeof imageSize === 'number') return imageSize;
  if (imageSize) return Math.max(imageSize.width, imageSize.height);
  return Math.max(...Object.values(features).flatMap((map) => [map.shape[1], map.shape[2]]));
}
