import { InvalidArgumentError } from '@autodrag/nn';
import { type AvatarGeometry, checkGeometry, checkResolution } from './parameters.js';
import {
  backOutline,
  bodyOutline,
  browHalfThickness,
  browLine,
  browX,
  createShape,
  faceOutline,
  faceToPicture,
  faceX,
  hairline,
  hairOutline,
  headToFace,
  headToPicture,
  lid,
  mouthCurves,
  neckDistance,
  noseAcross,
  noseAlong,
  noseBall,
  type Point,
  type Shape,
  shoulderRise,
  sideOf,
  skinX,
} from './shape.js';

/**
 * Names of the surface parts: index = the part id of `surfaceMap`. The coordinates (u, v) of each, in which its texture
 * rests:
 *
 * - background: x and y of the picture, 0 to 1
 * - back-hair, hair: head units from the middle of the hair behind, and from the crown at the parting
 * - neck: across (-1 to 1 between its edges) and along (0 at the top, 1 at the neckline and below it to 2)
 * - shirt: fractions of the picture from the middle of the neckline, over 0.36
 * - ears, irises, nose: radii of their ellipse from its centre, of the nose from its tip
 * - face: head units from the middle of the face, on its skin: jaw and cheeks draw it with them
 * - eyes: -1 to 1 from the left to the right corner, and -1 to 1 from the upper to the lower lid
 * - brows: -1 to 1 from the inner to the outer end, and across
 * - mouth: -1 to 1 between the corners, and -2 (upper rim), -1 to 1 (opening), 2 (lower rim)
 */
export const surfaceParts = [
  'background',
  'back-hair',
  'neck',
  'shirt',
  'ear-left',
  'ear-right',
  'face',
  'nose',
  'eye-left',
  'eye-right',
  'iris-left',
  'iris-right',
  'mouth',
  'brow-left',
  'brow-right',
  'hair',
] as const;
export type SurfacePart = (typeof surfaceParts)[number];

const [BACKGROUND, BACK_HAIR, NECK, SHIRT, EAR, FACE, NOSE, EYE, IRIS, MOUTH, BROW, HAIR] = [
  0, 1, 2, 3, 4, 6, 7, 8, 10, 12, 13, 15,
] as const;

const scratch = new Float64Array(4);
const curves = new Float64Array(4);
/** u and v of the last `locate` */
const uv = new Float64Array(2);

function found(part: number, u: number, v: number): number {
  uv[0] = u;
  uv[1] = v;
  return part;
}

/** Crown of the hair: origin of its coordinates, face Y. */
const crownY = (h: Shape): number => h.hairY - h.hairHeight;

/**
 * The part that is seen at a point of the picture (fractions); writes its coordinates into `uv`. Same order as the
 * painter.
 */
function locate(h: Shape, x: number, y: number): number {
  const dx = (x - h.cx) / h.S;
  const dy = (y - h.cy) / h.S;
  const p = dx * h.cosRoll + dy * h.sinRoll;
  const q = dy * h.cosRoll - dx * h.sinRoll;
  headToFace(h, p, q, scratch);
  const X = scratch[0]!;
  const Y = scratch[1]!;
  if (hairOutline(h, X, Y, scratch) < 0 && Y < hairline(h, X)) return found(HAIR, X - h.partX, Y - crownY(h));
  if (faceOutline(h, X, Y, scratch) < 0) return locateOnFace(h, p, q, X, Y);
  for (const side of [1, -1]) {
    const { earWidth, earHeight } = sideOf(h, side);
    const u = (p - h.earShift - side * h.earP) / earWidth;
    const v = (q - h.earQ) / earHeight;
    if (u * u + v * v < 1) return found(side < 0 ? EAR : EAR + 1, u, v);
  }
  if (y > h.neckTopY && neckDistance(h, x, y) < 0) {
    const along = (y - h.neckTopY) / (h.bodyY - h.neckTopY);
    if (along <= 1) return found(NECK, (x - neckCentre(h, along)) / neckHalfWidth(h, along), along);
    return found(NECK, (x - h.bodyX) / h.collarWidth, 1 + (y - h.bodyY) / h.collarHeight);
  }
  if (bodyOutline(h, x, y, scratch) < 0)
    return found(SHIRT, (x - h.bodyX) / 0.36, (y + shoulderRise(h, x) - h.bodyY) / 0.36);
  if (backOutline(h, p, q, scratch) < 0) return found(BACK_HAIR, p - h.backShiftP, q - h.backShiftQ);
  return found(BACKGROUND, x, y);
}

function locateOnFace(h: Shape, p: number, q: number, X: number, Y: number): number {
  const sign = X < 0 ? -1 : 1;
  const side = sideOf(h, X);
  const right = sign < 0 ? 0 : 1;
  const brow = (sign * X - h.eyeX - 0.03) / h.browHalf;
  if (brow > -1 && brow < 1) {
    const across = (Y - browLine(h, side, brow)) / browHalfThickness(h, brow);
    if (across > -1 && across < 1) return found(BROW + right, brow, across);
  }
  const a = (X - h.mouthX) / h.mouthWidth;
  if (a > -1 && a < 1) {
    mouthCurves(h, a, curves);
    const [top, innerTop, innerBottom, bottom] = curves as unknown as [number, number, number, number];
    if (Y > top && Y < bottom) {
      if (Y < innerTop) return found(MOUTH, a, -2 + (Y - top) / (innerTop - top));
      if (Y > innerBottom) return found(MOUTH, a, 1 + (Y - innerBottom) / (bottom - innerBottom));
      return found(MOUTH, a, -1 + (2 * (Y - innerTop)) / (innerBottom - innerTop));
    }
  }
  const ball = noseBall(h);
  const nu = (p - ball.x) / h.noseWidth;
  const nv = noseAlong(h, (q - ball.y) / h.noseWidth);
  if (nu * nu + 1.35 * nv * nv < 1) return found(NOSE, nu, nv);
  const ex = X - sign * h.eyeX;
  const ey = Y - side.eyeY;
  const e = ex / h.eyeSize;
  if (e > -1 && e < 1) {
    const height = (ey < 0 ? side.lidUpper : side.lidLower) * lid(e);
    const v = ey / height;
    if (v > -1 && v < 1) {
      const iu = (ex - h.irisX) / h.irisRadius;
      const iv = (ey - h.irisY) / h.irisRadius;
      if (iu * iu + iv * iv < 1) return found(IRIS + right, iu, iv);
      return found(EYE + right, e, v);
    }
  }
  return found(FACE, skinX(h, X, Y), Y);
}

const neckCentre = (h: Shape, along: number): number => h.neckTopX + (h.bodyX - h.neckTopX) * along;
const neckHalfWidth = (h: Shape, along: number): number =>
  h.neckRadius + (h.collarWidth - h.neckRadius) * along * along * along;

/** Where surface coordinates lie in the picture (fractions), whether or not they are seen there. */
function place(h: Shape, part: number, u: number, v: number): Point {
  const right = part === EYE + 1 || part === IRIS + 1 || part === BROW + 1 || part === EAR + 1;
  const sign = right ? 1 : -1;
  const side = right ? h.right : h.left;
  switch (part) {
    case BACK_HAIR:
      return headToPicture(h, u + h.backShiftP, v + h.backShiftQ);
    case NECK:
      if (v <= 1) {
        return { x: neckCentre(h, v) + u * neckHalfWidth(h, v), y: h.neckTopY + v * (h.bodyY - h.neckTopY) };
      }
      return { x: h.bodyX + u * h.collarWidth, y: h.bodyY + (v - 1) * h.collarHeight };
    case SHIRT: {
      const x = h.bodyX + 0.36 * u;
      return { x, y: h.bodyY + 0.36 * v - shoulderRise(h, x) };
    }
    case EAR:
    case EAR + 1:
      return headToPicture(h, sign * h.earP + h.earShift + u * side.earWidth, h.earQ + v * side.earHeight);
    case FACE:
      return faceToPicture(h, faceX(h, u, v), v);
    case NOSE: {
      const ball = noseBall(h);
      return headToPicture(h, ball.x + u * h.noseWidth, ball.y + noseAcross(h, v) * h.noseWidth);
    }
    case EYE:
    case EYE + 1:
      return faceToPicture(
        h,
        sign * h.eyeX + u * h.eyeSize,
        side.eyeY + v * (v < 0 ? side.lidUpper : side.lidLower) * lid(u),
      );
    case IRIS:
    case IRIS + 1:
      return faceToPicture(h, sign * h.eyeX + h.irisX + u * h.irisRadius, side.eyeY + h.irisY + v * h.irisRadius);
    case MOUTH: {
      mouthCurves(h, u, curves);
      const [top, innerTop, innerBottom, bottom] = curves as unknown as [number, number, number, number];
      const Y =
        v < -1
          ? top + (v + 2) * (innerTop - top)
          : v > 1
            ? innerBottom + (v - 1) * (bottom - innerBottom)
            : innerTop + 0.5 * (v + 1) * (innerBottom - innerTop);
      return faceToPicture(h, h.mouthX + u * h.mouthWidth, Y);
    }
    case BROW:
    case BROW + 1:
      return faceToPicture(h, sign * browX(h, u), browLine(h, side, u) + v * browHalfThickness(h, u));
    case HAIR:
      return faceToPicture(h, u + h.partX, v + crownY(h));
    default:
      return { x: u, y: v };
  }
}

export type SurfaceMap = {
  /** `[resolution, resolution]`: index into `surfaceParts` */
  part: Uint8Array;
  /** `[resolution, resolution]`: first surface coordinate */
  u: Float32Array;
  /** `[resolution, resolution]`: second surface coordinate */
  v: Float32Array;
};

/**
 * What is seen at the centre of every pixel, and where on that surface: with `surfacePosition` of another geometry, the
 * true motion of every pixel between two avatars of one appearance.
 *
 * @throws InvalidArgumentError for a parameter that is missing, not finite or far out of range, or a bad resolution
 */
export function surfaceMap(geometry: AvatarGeometry, { resolution = 128 }: { resolution?: number } = {}): SurfaceMap {
  checkGeometry('surfaceMap', geometry);
  const size = checkResolution('surfaceMap', resolution);
  const h = createShape(geometry);
  const part = new Uint8Array(size * size);
  const u = new Float32Array(size * size);
  const v = new Float32Array(size * size);
  for (let j = 0, o = 0; j < size; j++) {
    for (let i = 0; i < size; i++, o++) {
      part[o] = locate(h, (i + 0.5) / size, (j + 0.5) / size);
      u[o] = uv[0]!;
      v[o] = uv[1]!;
    }
  }
  return { part, u, v };
}

/**
 * Where a surface point is seen: pixels, the centre of the upper left pixel at (0, 0).
 *
 * @param part index into `surfaceParts`
 * @returns null where another part hides the point, where this avatar lacks it (it lies beyond the outline of the
 * part), or where it lies outside of the picture
 * @throws InvalidArgumentError for a parameter that is missing, not finite or far out of range, an unknown part, or a
 * bad resolution
 */
export function surfacePosition(
  geometry: AvatarGeometry,
  part: number,
  u: number,
  v: number,
  { resolution = 128 }: { resolution?: number } = {},
): Point | null {
  checkGeometry('surfacePosition', geometry);
  const size = checkResolution('surfacePosition', resolution);
  if (!Number.isInteger(part) || part < 0 || part >= surfaceParts.length) {
    throw new InvalidArgumentError(
      `surfacePosition: part: expected an index into surfaceParts, 0 to ${surfaceParts.length - 1}, got ${String(part)}.`,
    );
  }
  if (!Number.isFinite(u) || !Number.isFinite(v)) {
    throw new InvalidArgumentError(`surfacePosition: (u, v): expected finite numbers, got (${u}, ${v}).`);
  }
  const h = createShape(geometry);
  const { x, y } = place(h, part, u, v);
  if (!(x > 0 && x < 1 && y > 0 && y < 1) || locate(h, x, y) !== part) return null;
  // The same part may be seen there from another of its points, beyond a fold; then this one is hidden.
  if (Math.abs(uv[0]! - u) > 1e-4 || Math.abs(uv[1]! - v) > 1e-4) return null;
  return { x: x * size - 0.5, y: y * size - 0.5 };
}
