import { createPlainProducts, type Host, type PlainProducts } from '@autodrag/nn/host';
import { type LatentPredictorConfig, longerSide } from './config.js';
import { createFieldOnHost, type HostField, type PlacedField } from './field-on-host.js';
import type { Point, PointPair } from './pack-points.js';
import type { LatentPredictorParameters } from './parameters.js';
import { choleskyFactor, solveFactored } from './positive-matrix.js';

export type SettleInput = {
  /** `[numWs * wDim]`: the code whose picture the points are in */
  readonly w: Float32Array;
  /** `[numWs * wDim]`: the predictor's last code */
  readonly code: Float32Array;
  readonly points: readonly PointPair[];
};

export type HostSettling = {
  /**
   * A code near the predictor's, from which the motion field says that the handles end at their targets: the most
   * probable one, if codes spread about the predictor's as codes of random pictures do about one another, and where
   * points end is known to `pointError`.
   *
   * @returns `[numWs * wDim]`, new
   */
  settle(input: SettleInput): Float32Array;
  /** Where points of the picture of `w` should be in that of `code`. */
  expect(input: { w: Float32Array; code: Float32Array; places: readonly Point[] }): Point[];
};

/** Steps of Gauss and Newton. After two, what the field says is left is a hundredth of the way. */
const iterations = 2;

/**
 * Points up to which the second step has a derivative of its own. With many it is most of the cost, and drags of 5 and
 * 68 points end where they did without; of single points, one in ten ends elsewhere, more often farther.
 */
const fewPoints = 8;

/**
 * Standard deviation of where the field says that points end, in longer sides of the picture: 6 pixels of 256 for one
 * point, 2.3 for five. Where the field is wrong about the only point, nothing speaks against it, and the predictor is
 * to be trusted more.
 */
const pointError = (points: number) => Math.hypot(2, 5.6 / points) / 256;

/**
 * Brings a predicted code the rest of the way. The predictor has to answer at once; what it leaves is seen by the
 * motion field, which it was trained through, and goes away in two steps of Gauss and Newton. They cost next to
 * nothing, since no picture is drawn. All edited layers move alike, as in the codes of random pictures.
 *
 * @returns null if the weights have no motion field
 */
export async function createSettlingOnHost(
  host: Host | null,
  { parameters, config }: { parameters: Pick<LatentPredictorParameters, 'settling'>; config: LatentPredictorConfig },
): Promise<HostSettling | null> {
  const { settling } = parameters;
  if (!settling) return null;
  const { wDim, editedLayers } = config;
  const products = host ?? createPlainProducts();
  const field = remembering(await createFieldOnHost(products, settling, config));
  const spread = (await settling.spread.data()) as Float32Array;
  const edited = (w: Float32Array) => w.subarray(0, editedLayers * wDim);
  const side = longerSide(config.imageResolution);

  return {
    settle({ w, code, points }) {
      const result = code.slice();
      if (points.length === 0) return result;
      const placed = field(
        edited(w),
        points.map(({ handle }) => handle),
      );
      const wanted = points.flatMap(({ handle, target }) => [target.x - handle.x, target.y - handle.y]);
      const sigma = side * pointError(points.length);
      let nearest: Nearest | undefined;
      let u: Float64Array = new Float64Array(wDim);
      for (let i = 0; i < iterations; i++) {
        let moved: Float32Array;
        if (nearest && points.length > fewPoints) moved = placed.moved(edited(result));
        else {
          const linear = placed.linearized(edited(result));
          moved = linear.moved;
          nearest = createNearest(products, linear.jacobian, wDim, sigma);
        }
        const next = nearest(
          wanted.map((want, k) => want - moved[k]!),
          u,
        );
        const change = next.map((value, c) => value - u[c]!);
        addSpread(result, spread, change, config);
        u = next;
      }
      return result;
    },
    expect({ w, code, places }) {
      const moved = field(edited(w), places).moved(edited(code));
      return places.map(({ x, y }, i) => ({ x: x + moved[2 * i]!, y: y + moved[2 * i + 1]! }));
    },
  };
}

/** The same, but asked for the same start and places again it gives what it gave: a drag is settled, then looked at. */
function remembering(field: HostField): HostField {
  const alike = (a: Float32Array, b: Float32Array) => a.length === b.length && a.every((value, i) => value === b[i]);
  let last: { start: Float32Array; at: Float32Array; placed: PlacedField } | null = null;
  return (start, places) => {
    const at = Float32Array.from(places.flatMap(({ x, y }) => [x, y]));
    if (!(last && alike(last.start, start) && alike(last.at, at))) {
      last = { start: start.slice(), at, placed: field(start, places) };
    }
    return last.placed;
  };
}

type Nearest = (left: readonly number[], now: Float64Array) => Float64Array;

/**
 * Finds the u of least `|J (u − now) − left|² / sigma² + |u|²`, where `left` is wanted beyond what `now` gives.
 *
 * @param jacobian J, `[left, size]`
 */
function createNearest(
  products: Pick<PlainProducts, 'multiplyRows'>,
  jacobian: Float32Array,
  size: number,
  sigma: number,
): Nearest {
  // By the smaller system: u = Jᵀ (J Jᵀ + sigma²)^-1 (left + J now)
  const rows = jacobian.length / size;
  const matrix = Float64Array.from(products.multiplyRows(jacobian, jacobian, size));
  for (let i = 0; i < rows; i++) matrix[i * rows + i]! += sigma * sigma;
  const factor = choleskyFactor(matrix, rows);
  return (left, now) => {
    const right = Float64Array.from(left);
    for (let i = 0; i < rows; i++) for (let c = 0; c < size; c++) right[i]! += jacobian[i * size + c]! * now[c]!;
    const weights = solveFactored(factor, right);
    const u = new Float64Array(size);
    for (let i = 0; i < rows; i++) for (let c = 0; c < size; c++) u[c]! += jacobian[i * size + c]! * weights[i]!;
    return u;
  };
}

/** Adds `spread u` to all edited layers of a code. */
function addSpread(
  code: Float32Array,
  spread: Float32Array,
  u: Float64Array,
  { wDim, editedLayers }: Pick<LatentPredictorConfig, 'wDim' | 'editedLayers'>,
): void {
  for (let c = 0; c < wDim; c++) {
    let sum = 0;
    for (let k = 0; k <= c; k++) sum += spread[c * wDim + k]! * u[k]!;
    for (let layer = 0; layer < editedLayers; layer++) code[layer * wDim + c]! += sum;
  }
}
