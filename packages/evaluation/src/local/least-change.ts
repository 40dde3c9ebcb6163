import type { GeometryModel } from './geometry-model.js';

/** Where a landmark should be, and how much that counts: 1 / its tolerance², in pixels. */
export type Wish = { readonly landmark: number; readonly x: number; readonly y: number; readonly weight: number };

/** Nothing beyond this is likely enough to be drawn. */
const farthest = 2.5;
const rounds = 40;
const derivativeStep = 1e-3;

/**
 * The least change of a geometry that meets the wishes: minimises `sum of weight · |landmark − wish|² + |z − near|²` by
 * damped Gauss-Newton steps, within `|z_i| ≤ 2.5`.
 *
 * @param start where the search begins
 * @param near what z should stay near to
 * @returns z, and the wishes' distances in pixels
 */
export function leastChange(
  model: GeometryModel,
  start: Float64Array,
  near: Float64Array,
  wishes: readonly Wish[],
): { z: Float64Array; distances: number[] } {
  let z: Float64Array = start.slice();
  let cost = costOf(model, z, near, wishes);
  let damping = 1e-3;
  for (let round = 0; round < rounds; round++) {
    const { normal, slope } = linearize(model, z, near, wishes);
    let improved = false;
    for (let tried = 0; tried < 8 && !improved; tried++) {
      const next = step(z, normal, slope, damping);
      const nextCost = costOf(model, next, near, wishes);
      if (nextCost < cost) {
        improved = cost - nextCost > 1e-6 * cost;
        z = next;
        cost = nextCost;
        damping = Math.max(1e-6, damping / 4);
        if (!improved) return { z, distances: distancesOf(model, z, wishes) };
      } else damping *= 6;
    }
    if (!improved) break;
  }
  return { z, distances: distancesOf(model, z, wishes) };
}

function distancesOf(model: GeometryModel, z: Float64Array, wishes: readonly Wish[]): number[] {
  const { points } = model.locate(z);
  return wishes.map(({ landmark, x, y }) => Math.hypot(points[2 * landmark]! - x, points[2 * landmark + 1]! - y));
}

function costOf(model: GeometryModel, z: Float64Array, near: Float64Array, wishes: readonly Wish[]): number {
  const distances = distancesOf(model, z, wishes);
  const change = z.reduce((sum, value, i) => sum + (value - near[i]!) ** 2, 0);
  return distances.reduce((sum, distance, k) => sum + wishes[k]!.weight * distance * distance, change);
}

/** Normal matrix and downhill direction of the cost at z. */
function linearize(model: GeometryModel, z: Float64Array, near: Float64Array, wishes: readonly Wish[]) {
  const n = model.dimensions;
  const here = model.locate(z).points;
  const rows = wishes.flatMap(({ landmark, x, y, weight }) => [
    { at: 2 * landmark, missing: x - here[2 * landmark]!, weight, gradient: new Float64Array(n) },
    { at: 2 * landmark + 1, missing: y - here[2 * landmark + 1]!, weight, gradient: new Float64Array(n) },
  ]);
  for (let i = 0; i < n; i++) {
    const moved = z.slice();
    moved[i]! += derivativeStep;
    const there = model.locate(moved).points;
    for (const row of rows) row.gradient[i] = (there[row.at]! - here[row.at]!) / derivativeStep;
  }
  const normal = Array.from({ length: n }, (_, i) => Float64Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
  const slope = Float64Array.from({ length: n }, (_, i) => near[i]! - z[i]!);
  for (const { gradient, missing, weight } of rows) {
    for (let i = 0; i < n; i++) {
      const scaled = weight * gradient[i]!;
      slope[i]! += scaled * missing;
      const line = normal[i]!;
      for (let j = 0; j < n; j++) line[j]! += scaled * gradient[j]!;
    }
  }
  return { normal, slope };
}

/** z after a damped step, within bounds. Entries that a bound holds are left out of the system. */
function step(z: Float64Array, normal: readonly Float64Array[], slope: Float64Array, damping: number): Float64Array {
  const free = Array.from(z.keys()).filter((i) => Math.abs(z[i]!) < farthest || z[i]! * slope[i]! < 0);
  const matrix = free.map((i) => Float64Array.from(free, (j) => normal[i]![j]! * (i === j ? 1 + damping : 1)));
  const change = solve(
    matrix,
    Float64Array.from(free, (i) => slope[i]!),
  );
  const next = z.slice();
  free.forEach((i, k) => {
    next[i] = Math.min(farthest, Math.max(-farthest, z[i]! + change[k]!));
  });
  return next;
}

/** `matrix x = right` by Cholesky's factors; the matrix is symmetric and positive definite. Both are overwritten. */
function solve(matrix: Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  for (let j = 0; j < n; j++) {
    const line = matrix[j]!;
    for (let i = 0; i < j; i++) {
      let sum = line[i]!;
      const other = matrix[i]!;
      for (let k = 0; k < i; k++) sum -= line[k]! * other[k]!;
      line[i] = sum / other[i]!;
    }
    let square = line[j]!;
    for (let k = 0; k < j; k++) square -= line[k]! * line[k]!;
    line[j] = Math.sqrt(Math.max(square, 1e-30));
  }
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) right[i]! -= matrix[i]![k]! * right[k]!;
    right[i]! /= matrix[i]![i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) right[i]! -= matrix[k]![i]! * right[k]!;
    right[i]! /= matrix[i]![i]!;
  }
  return right;
}
