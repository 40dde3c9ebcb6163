import type { DragPoint } from '@autodrag/autodrag';

/** The determinant of places that lie on one line, beside the square of their extent. */
const degenerate = 1e-3;

/**
 * How much a picture expands around each of its matches: half the logarithm of the determinant of the affine map that
 * fits the neighbours' motion best, 0 where there are too few.
 *
 * @param radius pixels that neighbours are away, at most
 */
export function localExpansion(matches: readonly DragPoint[], radius: number): number[] {
  return matches.map(({ handle, target }) => {
    // normal equations of `motion = J place`, relative to the point itself
    let [xx, xy, yy] = [0, 0, 0];
    let [ux, uy, vx, vy] = [0, 0, 0, 0];
    for (const other of matches) {
      const x = other.handle.x - handle.x;
      const y = other.handle.y - handle.y;
      if ((x === 0 && y === 0) || Math.hypot(x, y) > radius) continue;
      const u = other.target.x - target.x - x;
      const v = other.target.y - target.y - y;
      xx += x * x;
      xy += x * y;
      yy += y * y;
      ux += u * x;
      uy += u * y;
      vx += v * x;
      vy += v * y;
    }
    const determinant = xx * yy - xy * xy;
    if (!(determinant > degenerate * (xx + yy) ** 2)) return 0;
    const a = 1 + (ux * yy - uy * xy) / determinant;
    const b = (uy * xx - ux * xy) / determinant;
    const c = (vx * yy - vy * xy) / determinant;
    const d = 1 + (vy * xx - vx * xy) / determinant;
    const area = a * d - b * c;
    return area > 0 ? Math.log(area) / 2 : 0;
  });
}
