import { InvalidArgumentError } from '@autodrag/nn';
import { Matrix, SingularValueDecomposition } from 'ml-matrix';

/**
 * Fréchet distance between two sets of features, taken as Gaussians: `|μ_a − μ_b|² + tr(Σ_a + Σ_b − 2 (Σ_a Σ_b)^½)`. It
 * is an FID only with the features of Inception-v3, which are not used here: say whose features they are. It falls with
 * the number of samples, so compare sets of one size.
 *
 * Exact also with fewer samples than features: the last term is the nuclear norm of `A Bᵀ`, of the centred samples.
 *
 * @param a rows of features, at least two
 * @param b rows of as many features, at least two
 * @throws InvalidArgumentError
 */
export function frechetDistance(a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): number {
  const size = a[0]?.length ?? 0;
  if (a.length < 2 || b.length < 2 || [...a, ...b].some((row) => row.length !== size)) {
    throw new InvalidArgumentError(
      `frechetDistance: expected two or more rows of equal length in each set, got ${a.length} and ${b.length} rows, the first of ${size}`,
    );
  }
  const [first, second] = [centred(a, size), centred(b, size)];
  const shift = first.means.reduce((sum, value, i) => sum + (value - second.means[i]!) ** 2, 0);
  const variance = (rows: Matrix, count: number) => rows.norm('frobenius') ** 2 / (count - 1);
  const product = first.rows.mmul(second.rows.transpose());
  const tall = product.rows >= product.columns ? product : product.transpose();
  const singular = new SingularValueDecomposition(tall, {
    computeLeftSingularVectors: false,
    computeRightSingularVectors: false,
  }).diagonal;
  const common = singular.reduce((sum, value) => sum + value, 0) / Math.sqrt((a.length - 1) * (b.length - 1));
  return shift + variance(first.rows, a.length) + variance(second.rows, b.length) - 2 * common;
}

function centred(samples: readonly ArrayLike<number>[], size: number): { rows: Matrix; means: number[] } {
  const means = Array.from({ length: size }, (_, c) => samples.reduce((sum, row) => sum + row[c]!, 0) / samples.length);
  return { rows: new Matrix(samples.map((row) => means.map((value, c) => row[c]! - value))), means };
}
