/**
 * Whether each match moves like its neighbours: it is kept if its motion differs from the component-wise median motion
 * of the `neighbours` nearest other matches (in image A) by at most `tolerance + slope * distance`, where distance is
 * the mean distance to them: a rotation or zoom changes the motion in proportion to it.
 *
 * @param pointsA `[M * 2]`
 * @param pointsB `[M * 2]`
 * @param tolerance pixels
 * @returns `[M]`, 1 for a match to keep; all 1 for fewer than three matches
 */
export function smoothMotion(
  pointsA: Float32Array,
  pointsB: Float32Array,
  tolerance: number,
  { neighbours = 8, slope = 0.35 }: { neighbours?: number; slope?: number } = {},
): Uint8Array {
  const count = pointsA.length >> 1;
  const keep = new Uint8Array(count).fill(1);
  if (count < 3) return keep;
  const wanted = Math.min(neighbours, count - 1);
  const nearest = new Int32Array(wanted);
  const distances = new Float64Array(wanted);
  const xs = new Float64Array(wanted);
  const ys = new Float64Array(wanted);
  for (let i = 0; i < count; i++) {
    distances.fill(Number.POSITIVE_INFINITY);
    for (let j = 0; j < count; j++) {
      if (j === i) continue;
      const d = (pointsA[2 * i]! - pointsA[2 * j]!) ** 2 + (pointsA[2 * i + 1]! - pointsA[2 * j + 1]!) ** 2;
      let k = wanted - 1;
      if (d >= distances[k]!) continue;
      for (; k > 0 && distances[k - 1]! > d; k--) {
        distances[k] = distances[k - 1]!;
        nearest[k] = nearest[k - 1]!;
      }
      distances[k] = d;
      nearest[k] = j;
    }
    let meanDistance = 0;
    for (let k = 0; k < wanted; k++) {
      const j = nearest[k]!;
      xs[k] = pointsB[2 * j]! - pointsA[2 * j]!;
      ys[k] = pointsB[2 * j + 1]! - pointsA[2 * j + 1]!;
      meanDistance += Math.sqrt(distances[k]!) / wanted;
    }
    xs.sort();
    ys.sort();
    const median = (sorted: Float64Array) => 0.5 * (sorted[(wanted - 1) >> 1]! + sorted[wanted >> 1]!);
    const dx = pointsB[2 * i]! - pointsA[2 * i]! - median(xs);
    const dy = pointsB[2 * i + 1]! - pointsA[2 * i + 1]! - median(ys);
    if (Math.hypot(dx, dy) > tolerance + slope * meanDistance) keep[i] = 0;
  }
  return keep;
}
