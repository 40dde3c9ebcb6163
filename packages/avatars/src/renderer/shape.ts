import type { AvatarGeometry } from './parameters.js';

/**
 * The 2.5-D head. Three frames:
 *
 * - *picture*: (x, y) in fractions of the picture, (0, 0) the upper left corner;
 * - *head*: (p, q), picture turned upright, centred on the head, in head units;
 * - *face*: (X, Y) on the surface `Z = depth - bendX X^2 - bendY Y^2`, seen from afar:
 *   `p = cosX X + sinYaw Z`, `q = cosY Y + sinPitch Z`. The inverse is one quadratic equation.
 *
 * Everything on the face (outline, eyes, mouth, hairline) is drawn in face coordinates, so that the landmarks are the
 * very same points through `faceToPicture`.
 */
export type Shape = ReturnType<typeof createShape>;
export type Point = { x: number; y: number };

const depth = 0.55;
const bendX = 0.5;
const bendY = 0.25;
/** depth of the ears and of the hair behind the head */
const earDepth = 0.1;
const backDepth = -0.12;

/**
 * Boxy square: x^2 (1 - box + box x^2). With box 0 `square(x) + square(y) = 1` is a circle, with 1 it is nearly a box.
 */
const square = (x: number, box: number): number => x * x * (1 - box + box * x * x);
/** The x >= 0 with square(x, box) = value. */
export function inverseSquare(value: number, box: number): number {
  const b = 1 - box;
  return Math.sqrt((Math.sqrt(b * b + 4 * box * Math.max(0, value)) - b) / (2 * box));
}
export const faceBox = 0.22;
export const backBox = 0.4;
export const bodyBox = 0.5;

/** What each side of an avatar has of its own: `h.left` and `h.right` of a shape. */
export type Side = ReturnType<typeof createSide>;

const eyeLine = 0.06;

function createSide(g: AvatarGeometry, side: 'Left' | 'Right') {
  const openness = g[`eyeOpenness${side}`];
  const eyeHeight = g[`eyeHeight${side}`];
  const earSize = g[`earSize${side}`];
  const hairVolume = g[`hairVolume${side}`];
  return {
    eyeY: eyeLine - eyeHeight,
    lidUpper: 0.8 * g.eyeSize * openness,
    lidLower: 0.5 * g.eyeSize * (0.35 + 0.65 * openness),
    // a brow follows its eye in part
    browY: eyeLine - g[`browHeight${side}`] - 0.03 - 0.6 * eyeHeight,
    browTilt: g[`browTilt${side}`],
    browCurve: g[`browCurve${side}`],
    cheek: g[`cheek${side}`],
    earWidth: 0.05 + 0.36 * earSize,
    earHeight: earSize,
    hairWidth: g.faceWidth + 0.045 + 0.32 * hairVolume,
    backWidth: g.faceWidth + 0.07 + 0.55 * hairVolume,
    shoulder: g[`shoulderHeight${side}`],
  };
}

/** Mean of the sides, exactly their value where they are equal, and half of the right's excess over the left's. */
const meanAndSkew = (left: number, right: number) => [0.5 * (left + right), 0.5 * (right - left)] as const;

export function createShape(g: AvatarGeometry) {
  const sinYaw = Math.sin(g.yaw);
  const sinPitch = Math.sin(g.pitch);
  const cosX = 1 - 0.28 * sinYaw * sinYaw;
  const cosY = 1 - 0.25 * sinPitch * sinPitch;
  const cosRoll = Math.cos(g.roll);
  const sinRoll = Math.sin(g.roll);
  const S = g.scale;
  const W = g.faceWidth;

  const [hairVolume] = meanAndSkew(g.hairVolumeLeft, g.hairVolumeRight);
  const [hairLength, hairLengthSkew] = meanAndSkew(g.hairLengthLeft, g.hairLengthRight);
  const [smile, smileSkew] = meanAndSkew(g.smileLeft, g.smileRight);
  const mouthY = 0.61 + 0.3 * (g.noseLength - 0.38) + 0.32 * (g.chin - 1) + g.mouthY;

  const shape = {
    left: createSide(g, 'Left'),
    right: createSide(g, 'Right'),
    cx: g.headX,
    cy: g.headY,
    S,
    cosRoll,
    sinRoll,
    sinYaw,
    sinPitch,
    cosX,
    cosY,
    // face
    W,
    upper: 1,
    lower: g.chin,
    taper: 1 - g.jaw,
    jawX: g.jawX,
    // eyes
    eyeX: g.eyeSpacing,
    eyeSize: g.eyeSize,
    irisRadius: 0.6 * g.eyeSize,
    irisX: 0.07 * g.gazeX,
    irisY: 0.035 * g.gazeY - 0.1 * g.eyeSize,
    // brows
    browHalf: 0.215,
    browThickness: 0.042,
    // nose
    bridgeY: eyeLine - 0.02,
    noseX: g.noseX,
    noseY: eyeLine + g.noseLength,
    noseWidth: g.noseWidth,
    noseDepth: 0.11,
    noseLift: g.noseLift,
    // mouth: it goes with the skin over the jaw
    mouthX: g.mouthX + jawShift(g.jawX, mouthY / g.chin),
    mouthY,
    mouthWidth: g.mouthWidth,
    mouthOpen: g.mouthOpen,
    smile,
    smileSkew,
    lipUpper: g.lipUpper,
    lipLower: g.lipLower,
    // ears
    earP: cosX * (W + 0.005),
    earQ: cosY * 0.1 + sinPitch * earDepth,
    earShift: sinYaw * earDepth,
    // hair on the head, in face coordinates
    hairY: -0.2,
    hairHeight: 0.85 + hairVolume + g.hairTop,
    fringe: g.fringe,
    partX: g.hairPart * W,
    // hair behind
    backShiftP: sinYaw * backDepth,
    backShiftQ: sinPitch * backDepth,
    backTop: -1.0 - hairVolume - g.hairTop,
    backBottom: 0.1 + hairLength,
    backSkew: hairLengthSkew,
    // body
    bodyX: 0.5 + 0.6 * (g.headX - 0.5) + g.shoulderShift,
    bodyY: 0.8 + 0.55 * (g.headY - 0.485) + 0.6 * (S - 0.268),
    bodyWidth: g.shoulderWidth,
    bodyHeight: 0.85 * g.shoulderWidth,
    neckRadius: 0.36 * S * (0.4 + 0.75 * W),
    neckTopX: 0,
    neckTopY: 0,
    collarWidth: 0,
    collarHeight: 0,
  };
  // the neck starts inside the head, under the chin
  const top = headToPicture(shape, 0, 0.2 + sinPitch * 0.1);
  shape.neckTopX = top.x;
  shape.neckTopY = top.y;
  shape.collarWidth = shape.neckRadius * 1.42;
  shape.collarHeight = shape.neckRadius * g.collarDepth;
  return shape;
}

/** The side of the picture on which a signed distance from a middle lies. */
export const sideOf = (h: Shape, distance: number): Side => (distance < 0 ? h.left : h.right);

/** Odd and smooth from -1 to 1, level at both ends: how a difference of the sides is spread between them. */
const spread = (a: number): number => a * (1.5 - 0.5 * a * a);

type HeadFrame = { cx: number; cy: number; S: number; cosRoll: number; sinRoll: number };

export function headToPicture(h: HeadFrame, p: number, q: number): Point {
  return { x: h.cx + h.S * (p * h.cosRoll - q * h.sinRoll), y: h.cy + h.S * (p * h.sinRoll + q * h.cosRoll) };
}

export function pictureToHead(h: HeadFrame, x: number, y: number): Point {
  const dx = (x - h.cx) / h.S;
  const dy = (y - h.cy) / h.S;
  return { x: dx * h.cosRoll + dy * h.sinRoll, y: dy * h.cosRoll - dx * h.sinRoll };
}

/** @param lift how far over the surface, in head units */
export function faceToHead(h: Shape, X: number, Y: number, lift = 0): Point {
  const Z = depth - bendX * X * X - bendY * Y * Y + lift;
  return { x: h.cosX * X + h.sinYaw * Z, y: h.cosY * Y + h.sinPitch * Z };
}

export function faceToPicture(h: Shape, X: number, Y: number, lift = 0): Point {
  const { x, y } = faceToHead(h, X, Y, lift);
  return headToPicture(h, x, y);
}

/**
 * Inverse of `faceToHead`: writes X and Y into `out`. Inserting `X = (p - sinYaw Z) / cosX` (and so on) into the
 * surface leaves `alpha Z^2 + beta Z + gamma = 0`; its root on the visible side in the form that also holds for alpha =
 * 0.
 */
export function headToFace(h: Shape, p: number, q: number, out: Float64Array): void {
  const ex = bendX / (h.cosX * h.cosX);
  const ey = bendY / (h.cosY * h.cosY);
  const alpha = ex * h.sinYaw * h.sinYaw + ey * h.sinPitch * h.sinPitch;
  const beta = 1 - 2 * (ex * p * h.sinYaw + ey * q * h.sinPitch);
  const gamma = ex * p * p + ey * q * q - depth;
  const disc = beta * beta - 4 * alpha * gamma;
  const Z = (-2 * gamma) / (beta + Math.sqrt(Math.max(disc, 0)));
  out[0] = (p - h.sinYaw * Z) / h.cosX;
  out[1] = (q - h.sinPitch * Z) / h.cosY;
}

/** Length of the gradient, in the head frame, of a function whose gradient in face coordinates is (fx, fy). */
export function headSlope(h: Shape, X: number, Y: number, fx: number, fy: number): number {
  const zx = -2 * bendX * X;
  const zy = -2 * bendY * Y;
  const a = h.cosX + h.sinYaw * zx;
  const b = h.sinYaw * zy;
  const c = h.sinPitch * zx;
  const d = h.cosY + h.sinPitch * zy;
  const det = a * d - b * c;
  const gp = fx * d - fy * c;
  const gq = fy * a - fx * b;
  return Math.sqrt(gp * gp + gq * gq) / Math.max(1e-3, Math.abs(det));
}

/** Narrowing of the face towards the chin, at v = Y / lower. */
const jawNarrowing = (h: Shape, v: number): number => (v > 0 ? 1 - h.taper * v * v : 1);
/** How far the skin at v = Y / lower goes aside with the jaw. */
const jawShift = (jawX: number, v: number): number => (v > 0 ? jawX * v * v : 0);
/** Share of a cheek's fullness at v = Y / lower: 1 half-way down to the chin, 0 at the eyes and the chin. */
const cheekShare = (v: number): number => (v > 0 && v < 1 ? 16 * v * v * (1 - v) * (1 - v) : 0);

/**
 * The skin: jaw and cheeks shift and stretch it in X, so that a point of it rests at one (U, Y). Face X to skin U; and
 * `faceX` back.
 */
export function skinX(h: Shape, X: number, Y: number): number {
  if (Y <= 0) return X;
  const v = Y / h.lower;
  const x = X - jawShift(h.jawX, v);
  return x / (1 + sideOf(h, x).cheek * cheekShare(v));
}
export function faceX(h: Shape, U: number, Y: number): number {
  const v = Y / h.lower;
  return U * (1 + sideOf(h, U).cheek * cheekShare(v)) + jawShift(h.jawX, v);
}

/** Outline of the face, negative inside; out[2], out[3] receive its gradient. */
export function faceOutline(h: Shape, X: number, Y: number, out: Float64Array): number {
  const height = Y > 0 ? h.lower : h.upper;
  const v = Y / height;
  const k = jawNarrowing(h, v) || 1e-3;
  const U = skinX(h, X, Y);
  const u = U / (h.W * k);
  out[2] = (2 * u) / (h.W * k);
  const dk = v > 0 ? (-2 * h.taper * v) / height : 0;
  out[3] = (v * (2 * (1 - faceBox) + 4 * faceBox * v * v)) / height - (2 * u * u * dk) / k;
  if (v > 0) {
    const { cheek } = sideOf(h, U);
    const stretching = v < 1 ? 32 * cheek * v * (1 - v) * (1 - 2 * v) : 0;
    out[2] /= 1 + cheek * cheekShare(v);
    out[3] -= (out[2] * (2 * h.jawX * v + U * stretching)) / height;
  }
  return u * u + square(v, faceBox) - 1;
}

/** Half-width of the face outline at Y, on the skin. */
export function faceHalfWidth(h: Shape, Y: number): number {
  const v = Y / (Y > 0 ? h.lower : h.upper);
  return h.W * jawNarrowing(h, v) * Math.sqrt(Math.max(0, 1 - square(v, faceBox)));
}

/** Outline of the hair on the head (half an ellipse on each side); out[2], out[3] receive its gradient. */
export function hairOutline(h: Shape, X: number, Y: number, out: Float64Array): number {
  const { hairWidth } = sideOf(h, X);
  const u = X / hairWidth;
  const v = (Y - h.hairY) / h.hairHeight;
  out[2] = (2 * u) / hairWidth;
  out[3] = (2 * v) / h.hairHeight;
  return u * u + v * v - 1;
}

/**
 * Where the hair ends over the forehead: Y of the hairline at X. It is highest at the parting and scalloped into locks.
 */
export function hairline(h: Shape, X: number): number {
  const d = X - h.partX;
  const e = X / (h.W + 0.02);
  const e2 = e * e;
  const scallop = (0.014 + 0.1 * h.fringe) * Math.sin(11.5 * d) * (d * d) * 2.2;
  return (
    -0.8 +
    0.3 * h.fringe +
    (0.16 + 0.95 * h.fringe) * (1 - Math.exp(-d * d * 7)) +
    0.42 * e2 * e2 * e2 +
    clampScallop(scallop)
  );
}

const clampScallop = (x: number): number => 0.05 * Math.tanh(20 * x);

/** How far down the hair behind hangs at u, -1 to 1 between its sides. */
export const backBottomAt = (h: Shape, u: number): number => h.backBottom + h.backSkew * spread(u);

/** Outline of the hair behind, in the head frame, negative inside; out[2], out[3] receive its gradient. */
export function backOutline(h: Shape, p: number, q: number, out: Float64Array): number {
  const { backWidth } = sideOf(h, p - h.backShiftP);
  const u = (p - h.backShiftP) / backWidth;
  const within = Math.max(-1, Math.min(u, 1));
  const bottom = backBottomAt(h, within);
  const height = 0.5 * (bottom - h.backTop);
  const v = (q - h.backShiftQ - 0.5 * (h.backTop + bottom)) / height;
  out[3] = (v * (2 * (1 - backBox) + 4 * backBox * v * v)) / height;
  const slant = (h.backSkew * 1.5 * (1 - within * within)) / backWidth;
  out[2] = (2 * u) / backWidth - 0.5 * out[3] * (1 + v) * slant;
  return u * u + square(v, backBox) - 1;
}

/** Where a shoulder's rise begins and ends, in half-widths of the body. */
const riseStart = 0.3;
const riseEnd = 0.8;
/** How far along its rise a shoulder is at u: 0 at the neck, 1 at the arm. */
const riseAt = (u: number): number => Math.max(0, Math.min((Math.abs(u) - riseStart) / (riseEnd - riseStart), 1));

/** How far the shoulders raise the body at x, fraction of the picture. */
export function shoulderRise(h: Shape, x: number): number {
  const u = (x - h.bodyX) / h.bodyWidth;
  const t = riseAt(u);
  return sideOf(h, u).shoulder * t * t * (3 - 2 * t);
}

/** Outline of the torso, in the picture; out[2], out[3] receive its gradient. */
export function bodyOutline(h: Shape, x: number, y: number, out: Float64Array): number {
  const u = (x - h.bodyX) / h.bodyWidth;
  const t = riseAt(u);
  const { shoulder } = sideOf(h, u);
  const rise = shoulder * t * t * (3 - 2 * t);
  const slant = (Math.sign(u) * shoulder * 6 * t * (1 - t)) / ((riseEnd - riseStart) * h.bodyWidth);
  const v = Math.min(0, (y + rise - h.bodyY - h.bodyHeight) / h.bodyHeight);
  out[3] = (v * (2 * (1 - bodyBox) + 4 * bodyBox * v * v)) / h.bodyHeight;
  out[2] = (u * (2 * (1 - bodyBox) + 4 * bodyBox * u * u)) / h.bodyWidth + out[3] * slant;
  return square(u, bodyBox) + square(v, bodyBox) - 1;
}

/** Signed distance (fraction of the picture) to the skin of neck and neckline, negative inside. */
export function neckDistance(h: Shape, x: number, y: number): number {
  if (y > h.bodyY) {
    const u = (x - h.bodyX) / h.collarWidth;
    const v = (y - h.bodyY) / h.collarHeight;
    const slope = 2 * Math.sqrt((u / h.collarWidth) ** 2 + (v / h.collarHeight) ** 2);
    return (u * u + v * v - 1) / Math.max(slope, 1e-3);
  }
  const t = (y - h.neckTopY) / (h.bodyY - h.neckTopY);
  const tt = t > 0 ? t * t * t : 0;
  const centre = h.neckTopX + (h.bodyX - h.neckTopX) * t;
  return Math.abs(x - centre) - h.neckRadius - (h.collarWidth - h.neckRadius) * tt;
}

/** Plump parabola 1 - a^2, fuller near the middle: the form of lids. */
export const lid = (a: number): number => (1 - a * a) * (1 + 0.45 * a * a);

/** The nose's lower end in the head frame: middle of its ball, which is also its tip where `noseLift` is 0. */
export const noseBall = (h: Shape): Point => faceToHead(h, h.noseX, h.noseY, h.noseDepth);

/** Between these, in half-widths of the nose below its ball's middle, a lifted tip draws the skin with it. */
const liftTop = -1.6;
const liftBottom = 0.75;

/**
 * On the nose, what rests at v half-widths below the tip is seen at `noseAcross` below the ball's middle, and
 * `noseAlong` is its inverse: fractions of two linear functions that keep both ends and move the tip.
 */
export const noseAlong = (h: Shape, r: number): number => moveBetween(r, -h.noseLift, 0);
export const noseAcross = (h: Shape, v: number): number => moveBetween(v, 0, -h.noseLift);

/** The fraction of two linear functions that keeps liftTop and liftBottom and takes `from` to `to`; beyond, nothing. */
function moveBetween(value: number, from: number, to: number): number {
  if (from === to || value <= liftTop || value >= liftBottom) return value;
  const ratio = (x: number): number => (x - liftTop) / (liftBottom - x);
  const moved = (ratio(value) * ratio(to)) / ratio(from);
  return (liftTop + moved * liftBottom) / (1 + moved);
}

/** Middle line of the mouth at a in [-1, 1], face Y. */
function mouthLine(h: Shape, a: number): number {
  return h.mouthY - 0.13 * (h.smile + h.smileSkew * spread(a)) * (a * a - 0.35);
}
/** Face Y of the four curves of the mouth at a in [-1, 1]: outer upper, inner upper, inner lower, outer lower. */
export function mouthCurves(h: Shape, a: number, out: Float64Array): void {
  const f = 1 - a * a;
  const m = mouthLine(h, a);
  const bow = h.lipUpper * f * (1 + 0.5 * a * a) * (1 - 0.22 * Math.exp(-a * a * 40));
  out[1] = m - 0.3 * h.mouthOpen * f - 0.003 * f;
  out[0] = out[1] - bow;
  out[2] = m + 0.95 * h.mouthOpen * f + 0.003 * f;
  out[3] = out[2] + h.lipLower * f * (1 + 0.2 * a * a);
}

/** Face Y of the middle line of the brow of a side at a in [-1, 1] from the inner to the outer end. */
export function browLine(h: Shape, side: Side, a: number): number {
  return side.browY - side.browCurve * (1 - a * a) - side.browTilt * h.browHalf * -a * 0.8 - 0.015 * a;
}
/** Face |X| of a brow at a. */
export const browX = (h: Shape, a: number): number => h.eyeX + 0.03 + h.browHalf * a;
/** Half thickness of a brow at a. */
export const browHalfThickness = (h: Shape, a: number): number =>
  h.browThickness * (1 - 0.28 * (a + 1)) * (1 - 0.5 * a ** 6);
