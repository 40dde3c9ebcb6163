/** Steps that were made, and what came of them: `effects[i]` is how the residual vector shrank by step i. */
export type Secants = { readonly steps: Float64Array<ArrayBuffer>[]; readonly effects: Float64Array<ArrayBuffer>[] };

/**
 * The combination of earlier steps that, were everything linear, would shrink the residual most: least squares, with a
 * ridge that keeps steps from cancelling one another.
 *
 * @returns one factor for each step, and the residual that would be left
 */
export function combineSecants(
  residual: Float64Array<ArrayBuffer>,
  { effects }: Secants,
): { factors: number[]; left: Float64Array<ArrayBuffer> } {
  const n = effects.length;
  if (n === 0) return { factors: [], left: residual };
  const product = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const matrix = effects.map((a, i) => effects.map((b, j) => product(a, b) * (i === j ? 1.05 : 1)));
  const factors = solve(
    matrix,
    effects.map((effect) => product(effect, residual)),
  );
  const left = residual.map(
    (value, i) => value - effects.reduce((sum, effect, k) => sum + factors[k]! * effect[i]!, 0),
  );
  return { factors, left };
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
