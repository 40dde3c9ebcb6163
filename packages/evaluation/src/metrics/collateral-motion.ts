import { InvalidArgumentError } from '@autodrag/nn';
import { Matrix, solve } from 'ml-matrix';

/** How landmarks of a generator's pictures move together, over many pairs of pictures. */
export type MotionStatistics = {
  /** Covariance of the displacements, `[2 L, 2 L]` row by row. */
  readonly covariance: Matrix;
  readonly landmarks: number;
};

/** @param displacements of all landmarks between two pictures, `[2 L]` each; some hundred */
export function motionStatistics(displacements: readonly Float32Array[]): MotionStatistics {
  const size = displacements[0]?.length ?? 0;
  if (displacements.length < 2 || size === 0) {
    throw new InvalidArgumentError(
      `motionStatistics: expected displacements of many pairs, got ${displacements.length}`,
    );
  }
  const rows = new Matrix(displacements.map((row) => [...row]));
  return { covariance: rows.transpose().mmul(rows).div(displacements.length), landmarks: size / 2 };
}

/**
 * The motion of the other landmarks that a drag needs by itself: of all motions that the generator makes, taken as a
 * Gaussian, the likeliest one (the one of least Mahalanobis length) in which the dragged landmarks go where they
 * should.
 *
 * @param dragged indices of landmarks
 * @param displacements of these, x and y in turn
 * @returns mean length of the others' motion
 */
export function leastCollateral(
  { covariance, landmarks }: MotionStatistics,
  dragged: readonly number[],
  displacements: readonly number[],
): number {
  const axes = (indices: readonly number[]) => indices.flatMap((i) => [2 * i, 2 * i + 1]);
  const others = Array.from({ length: landmarks }, (_, i) => i).filter((i) => !dragged.includes(i));
  if (others.length === 0) return 0;
  const own = covariance.selection(axes(dragged), axes(dragged));
  const lift = (1e-4 * own.trace()) / own.rows;
  for (let i = 0; i < own.rows; i++) own.set(i, i, own.get(i, i) + lift);
  const factors = solve(own, Matrix.columnVector([...displacements]));
  const motion = covariance.selection(axes(others), axes(dragged)).mmul(factors).to1DArray();
  return others.reduce((sum, _, i) => sum + Math.hypot(motion[2 * i]!, motion[2 * i + 1]!), 0) / others.length;
}
