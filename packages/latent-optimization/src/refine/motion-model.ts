/**
 * How a code moves what is to be moved, as far as is known: a linear model along as many directions as there are rows,
 * each the way in which codes that move its row vary most.
 */
export type MotionModel = {
  /** By row, the gradient of its number in the code. */
  gradients: readonly Float32Array[];
  /** By row, the direction of a step: the gradient in the metric of the codes. */
  directions: readonly Float32Array[];
  /** `effects[i][k]`: what a step along direction k does to row i, as measured so far. */
  effects: number[][];
  /** The same as it was at first, symmetric: also the scalar products of the directions. */
  products: readonly (readonly number[])[];
};

/** @param directions of the gradients, one each */
export function createMotionModel(
  gradients: readonly Float32Array[],
  directions: readonly Float32Array[],
): MotionModel {
  const products = gradients.map((gradient) => directions.map((direction) => dot(gradient, direction)));
  return { gradients, directions, effects: products.map((row) => [...row]), products };
}

/**
 * Factors of the directions that bring the rows by `wanted`, or less far where that would take too large a step:
 * Levenberg and Marquardt's compromise.
 *
 * @param ridge in shares of the mean of the diagonal
 */
export function solveModel({ effects, products }: MotionModel, wanted: ArrayLike<number>, ridge: number): number[] {
  const mean = products.reduce((sum, row, i) => sum + row[i]!, 0) / Math.max(1, products.length);
  return solve(
    effects.map((row, i) => row.map((value, k) => (i === k ? value + ridge * mean : value))),
    Array.from(wanted),
  );
}

/** The step in the code: the directions, times their factors. */
export function stepOf({ directions }: MotionModel, factors: readonly number[]): Float32Array {
  const step = new Float32Array(directions[0]?.length ?? 0);
  directions.forEach((direction, k) => {
    const factor = factors[k]!;
    for (let i = 0; i < step.length; i++) step[i]! += factor * direction[i]!;
  });
  return step;
}

/**
 * Learns from a step that was made: Broyden's least change of the model that explains it.
 *
 * @param measured what it did to the rows; null for one that nothing is learned about
 */
export function learnFrom(model: MotionModel, factors: readonly number[], measured: readonly (number | null)[]): void {
  const weights = model.products.map((row) => dot(row, factors));
  const length = dot(weights, factors);
  if (!(length > 1e-12)) return;
  model.effects = model.effects.map((row, i) => {
    const seen = measured[i];
    if (seen === null || seen === undefined) return row;
    const surprise = (seen - dot(row, factors)) / length;
    return row.map((value, k) => value + surprise * weights[k]!);
  });
}

/** Gives a row the gradient of another place; what was learned about the other rows and their directions stays. */
export function replaceRow(
  model: MotionModel,
  row: number,
  { gradient, direction }: { gradient: Float32Array; direction: Float32Array },
): void {
  const gradients = model.gradients.map((old, i) => (i === row ? gradient : old));
  const directions = model.directions.map((old, k) => (k === row ? direction : old));
  const effects = model.effects;
  const { products } = createMotionModel(gradients, directions);
  const learned = products.map((own, i) => own.map((value, k) => (i === row || k === row ? value : effects[i]![k]!)));
  Object.assign(model, { gradients, directions, products, effects: learned });
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Gaussian elimination with pivoting; an unknown without a pivot is 0. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const n = right.length;
  const rows = matrix.map((row, i) => [...row, right[i]!]);
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let i = column + 1; i < n; i++) if (Math.abs(rows[i]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = i;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const lead = rows[column]![column]!;
    if (Math.abs(lead) < 1e-12) continue;
    for (let i = 0; i < n; i++) {
      if (i === column) continue;
      const factor = rows[i]![column]! / lead;
      for (let k = column; k <= n; k++) rows[i]![k]! -= factor * rows[column]![k]!;
    }
  }
  return rows.map((row, i) => (Math.abs(row[i]!) < 1e-12 ? 0 : row[n]! / row[i]!));
}
