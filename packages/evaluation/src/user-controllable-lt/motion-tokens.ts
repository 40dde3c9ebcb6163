import type { DragPoint } from '@autodrag/autodrag';
import type { UserControllableLtConfig } from './config.js';

/** An expansion by this factor's logarithm counts as one unit. */
const expansionUnit = 0.1;

/** Points of a drag as the network reads them. */
export type MotionTokens = {
  /** `[P * 3]`: motion to the right and down, logarithm of the expansion, in units and divided by alpha */
  readonly motions: Float32Array;
  /** How many units long the drag is: `alpha` of the edit, 1 where it is not scaled. */
  readonly alpha: number;
};

/**
 * Motions of points in units of `motionUnit` pixels of a picture of 256.
 *
 * @param expansions logarithm for each point. @default 0: the points say nothing of it
 * @param scaled whether the longest motion becomes one unit, and its length `alpha`; as at inference, where a drag is
 *   longer than any that was trained on
 */
export function motionTokens(
  points: readonly DragPoint[],
  { imageHeight, imageWidth, motionUnit }: UserControllableLtConfig,
  { expansions, scaled = false }: { expansions?: readonly number[]; scaled?: boolean } = {},
): MotionTokens {
  const unit = (motionUnit * Math.max(imageHeight, imageWidth)) / 256;
  const longest = Math.max(
    ...points.map(({ handle, target }) => Math.hypot(target.x - handle.x, target.y - handle.y) / unit),
  );
  const alpha = scaled ? longest : 1;
  const per = (value: number) => (alpha > 0 ? value / alpha : 0);
  const motions = Float32Array.from(
    points.flatMap(({ handle, target }, i) => [
      per((target.x - handle.x) / unit),
      per((target.y - handle.y) / unit),
      per((expansions?.[i] ?? 0) / expansionUnit),
    ]),
  );
  return { motions, alpha };
}

/** Pixels of the feature map that points lie on, as indices of its rows by columns. */
export function featureIndices(
  points: readonly DragPoint[],
  { imageHeight, imageWidth, featureResolution }: UserControllableLtConfig,
): Int32Array {
  const mapWidth = Math.max(1, Math.round((featureResolution * imageWidth) / imageHeight));
  const along = (value: number, size: number, cells: number) =>
    Math.min(cells - 1, Math.max(0, Math.floor(((value + 0.5) * cells) / size)));
  return Int32Array.from(
    points,
    ({ handle }) => along(handle.y, imageHeight, featureResolution) * mapWidth + along(handle.x, imageWidth, mapWidth),
  );
}
