import { type Colour, clamp01, fade, smooth, stroke } from '@autodrag/rendered-domain';
import { createPalette } from './palette.js';
import type { AvatarParameters } from './parameters.js';
import {
  backOutline,
  bodyOutline,
  browHalfThickness,
  browLine,
  createShape,
  faceOutline,
  faceToHead,
  hairline,
  hairOutline,
  headSlope,
  headToFace,
  headToPicture,
  lid,
  mouthCurves,
  neckDistance,
  noseAlong,
  noseBall,
  type Shape,
  shoulderRise,
  sideOf,
  skinX,
} from './shape.js';

/*
 * The painter: parts from back to front, each over its own bounding box, each pixel the part's colour times the part's
 * coverage. Coverage is analytic: 0.5 - distance to the outline in pixels, clamped, which is the area of a pixel on the
 * inner side of a straight edge. So a picture costs in proportion to its pixels and a small one looks like a large one
 * scaled down. Textures fade by the sinc of their period, as a box filter would fade them.
 */

// The colour that is being mixed for the current pixel. Typed arrays: plain module variables would box every number.
const ink = new Float64Array(3);
function lay(c: Colour, amount: number): void {
  if (amount <= 0) return;
  const a = Math.min(amount, 1);
  ink[0] = ink[0]! + (c[0] - ink[0]!) * a;
  ink[1] = ink[1]! + (c[1] - ink[1]!) * a;
  ink[2] = ink[2]! + (c[2] - ink[2]!) * a;
}
function start(c: Colour): void {
  ink[0] = c[0];
  ink[1] = c[1];
  ink[2] = c[2];
}
/** Mixes the ink over a colour that was there before. */
function layInkOver(r: number, g: number, b: number, amount: number): void {
  ink[0] = r + (ink[0]! - r) * amount;
  ink[1] = g + (ink[1]! - g) * amount;
  ink[2] = b + (ink[2]! - b) * amount;
}
function blend(out: Float32Array, i: number, coverage: number): void {
  out[i] = out[i]! + (ink[0]! - out[i]!) * coverage;
  out[i + 1] = out[i + 1]! + (ink[1]! - out[i + 1]!) * coverage;
  out[i + 2] = out[i + 2]! + (ink[2]! - out[i + 2]!) * coverage;
}

const scratch = new Float64Array(4);
const curves = new Float64Array(4);

type Box = { x0: number; x1: number; y0: number; y1: number };
/** What is painted of the picture of `size` pixels a side: the pixels of `box`, both ends included. */
type Frame = { size: number; box: Box };
function pixelBox(x0: number, x1: number, y0: number, y1: number, { size, box }: Frame): Box {
  return {
    x0: Math.max(box.x0, Math.floor(x0 * size - 1.5)),
    x1: Math.min(box.x1, Math.ceil(x1 * size + 0.5)),
    y0: Math.max(box.y0, Math.floor(y0 * size - 1.5)),
    y1: Math.min(box.y1, Math.ceil(y1 * size + 0.5)),
  };
}
/** Pixels that may see the rectangle [p0, p1] x [q0, q1] of the head frame. */
function headBox(h: Shape, p0: number, p1: number, q0: number, q1: number, frame: Frame): Box {
  const a = headToPicture(h, p0, q0);
  const b = headToPicture(h, p1, q0);
  const c = headToPicture(h, p0, q1);
  const d = headToPicture(h, p1, q1);
  return pixelBox(
    Math.min(a.x, b.x, c.x, d.x),
    Math.max(a.x, b.x, c.x, d.x),
    Math.min(a.y, b.y, c.y, d.y),
    Math.max(a.y, b.y, c.y, d.y),
    frame,
  );
}

/** Paints the pixels of `box` into `out`, their rows one after the other: `[height, width, 3]`, sRGB in [0, 1]. */
export function paintAvatar({ geometry, appearance }: AvatarParameters, frame: Frame, out: Float32Array): void {
  const h = createShape(geometry);
  const c = createPalette(appearance);
  paintBackground(c, frame, out);
  paintBackHair(h, c, frame, out);
  paintBody(h, c, frame, out);
  paintEar(h, c, frame, out, -1);
  paintEar(h, c, frame, out, 1);
  paintHead(h, c, frame, out);
}

/** Where a pixel's three values begin. */
const offsetIn = ({ box }: Frame, i: number, j: number): number =>
  ((j - box.y0) * (box.x1 - box.x0 + 1) + i - box.x0) * 3;

type Palette = ReturnType<typeof createPalette>;

/** Polka dots and diagonal stripes at two scales each, fixed to the picture, and a glow behind the head. */
function paintBackground(c: Palette, frame: Frame, out: Float32Array): void {
  const { size } = frame;
  const coarse = 6;
  const fine = 10;
  const cosCoarse = new Float64Array(size);
  const cosFine = new Float64Array(size);
  const glowX = new Float64Array(size);
  const glowY = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const x = (i + 0.5) / size - 0.5;
    cosCoarse[i] = Math.cos(2 * Math.PI * coarse * x * 0.5);
    cosFine[i] = Math.cos(2 * Math.PI * fine * x * 0.5);
    glowX[i] = Math.exp(-5 * x * x);
    glowY[i] = Math.exp(-5 * (x + 0.05) * (x + 0.05));
  }
  const stripes = 7; // across the diagonal of a unit square
  const fadeCoarse = fade((2 * size) / coarse) ** 4;
  const fadeFine = fade((2 * size) / fine) ** 4;
  const fadeStripes = fade(size / stripes);
  const stripe = new Float64Array(2 * size - 1); // by column - row
  for (let k = 0; k < stripe.length; k++) {
    stripe[k] = 0.75 * smooth(0.5 + 0.5 * fadeStripes * Math.sin((2 * Math.PI * stripes * (k - size + 1)) / size));
  }
  const { background, backgroundAccent, backgroundGlow, dotStrength, stripeStrength, fineness } = c;
  for (let j = frame.box.y0, o = 0; j <= frame.box.y1; j++) {
    for (let i = frame.box.x0; i <= frame.box.x1; i++, o += 3) {
      const dCoarse = cosCoarse[i]! * cosCoarse[j]!;
      const dFine = cosFine[i]! * cosFine[j]!;
      // a dot wherever the product is near +1 or -1: staggered rows
      const coarseDots = 0.245 + fadeCoarse * (smooth((dCoarse * dCoarse - 0.28) * 3) - 0.245);
      const fineDots = 0.245 + fadeFine * (smooth((dFine * dFine - 0.28) * 3) - 0.245);
      const dots = coarseDots + (fineDots - coarseDots) * fineness;
      const pattern = dotStrength * dots + stripeStrength * (1 - 0.7 * dots) * stripe[i - j + size - 1]!;
      start(background);
      lay(backgroundGlow, 0.75 * glowX[i]! * glowY[j]!);
      lay(backgroundAccent, 0.95 * pattern);
      out[o] = ink[0]!;
      out[o + 1] = ink[1]!;
      out[o + 2] = ink[2]!;
    }
  }
}

function paintBackHair(h: Shape, c: Palette, frame: Frame, out: Float32Array): void {
  const { size } = frame;
  const box = headBox(
    h,
    h.backShiftP - h.left.backWidth,
    h.backShiftP + h.right.backWidth,
    h.backShiftQ + h.backTop,
    h.backShiftQ + h.backBottom + Math.abs(h.backSkew),
    frame,
  );
  const unit = h.S * size;
  const frequency = 19;
  const strength = c.strandStrength * fade((2 * Math.PI * unit) / frequency);
  for (let j = box.y0; j <= box.y1; j++) {
    for (let i = box.x0; i <= box.x1; i++) {
      const dx = ((i + 0.5) / size - h.cx) / h.S;
      const dy = ((j + 0.5) / size - h.cy) / h.S;
      const p = dx * h.cosRoll + dy * h.sinRoll;
      const q = dy * h.cosRoll - dx * h.sinRoll;
      const f = backOutline(h, p, q, scratch);
      if (f > 0.6) continue;
      const slope = Math.sqrt(scratch[2]! * scratch[2]! + scratch[3]! * scratch[3]!);
      const coverage = clamp01(0.5 - (f * unit) / Math.max(slope, 0.05));
      if (coverage === 0) continue;
      const u = p - h.backShiftP;
      const v = q - h.backShiftQ;
      const strand = Math.sin(frequency * u + 0.9 * Math.sin(2.4 * v + 2 * u));
      start(c.hairBack);
      lay(c.hairBackShade, 0.35 + 0.25 * smooth(v - 0.1));
      lay(strand > 0 ? c.hair : c.hairBackShade, 0.7 * strength * Math.abs(strand));
      lay(c.hairBackShade, 0.5 * smooth(1 + f * 2.5));
      blend(out, offsetIn(frame, i, j), coverage);
    }
  }
}

function paintBody(h: Shape, c: Palette, frame: Frame, out: Float32Array): void {
  const { size } = frame;
  const neckLeft = Math.min(h.neckTopX - h.neckRadius, h.bodyX - h.collarWidth);
  const neckRight = Math.max(h.neckTopX + h.neckRadius, h.bodyX + h.collarWidth);
  const raised = Math.max(0, h.left.shoulder, h.right.shoulder);
  const torso = pixelBox(h.bodyX - h.bodyWidth, h.bodyX + h.bodyWidth, h.bodyY - raised, 1, frame);
  const neck = pixelBox(neckLeft, neckRight, h.neckTopY, h.bodyY + h.collarHeight * 1.3, frame);
  const x0 = Math.min(torso.x0, neck.x0);
  const x1 = Math.max(torso.x1, neck.x1);
  const stripes = 62; // radians per body half-width
  const checks = 44;
  const fadeStripes = fade((2 * Math.PI * size * 0.36) / stripes);
  const fadeChecks = fade((2 * Math.PI * size * 0.36) / checks) ** 2;
  for (let j = Math.min(neck.y0, torso.y0); j <= frame.box.y1; j++) {
    const y = (j + 0.5) / size;
    for (let i = x0; i <= x1; i++) {
      const x = (i + 0.5) / size;
      const o = offsetIn(frame, i, j);
      const f = bodyOutline(h, x, y, scratch);
      const slope = Math.sqrt(scratch[2]! * scratch[2]! + scratch[3]! * scratch[3]!);
      const coverage = clamp01(0.5 - (f * size) / Math.max(slope, 0.5));
      const toNeck = neckDistance(h, x, y);
      if (coverage > 0) {
        const u = (x - h.bodyX) / 0.36;
        const v = (y + shoulderRise(h, x) - h.bodyY) / 0.36;
        const bend = v - 0.16 * u * u;
        const stripe = smooth(0.5 + 0.9 * fadeStripes * Math.sin(stripes * 0.5 * bend));
        const check = smooth(0.5 + 1.1 * fadeChecks * Math.sin(checks * 0.5 * u) * Math.sin(checks * 0.5 * bend));
        const a = 0.9 * c.shirtStripeStrength * stripe;
        const b = c.shirtCheckStrength * check;
        start(c.shirt);
        lay(c.shirtAccent, a + b - a * b);
        // roundness of the shoulders, and light from the side
        lay(c.shirtShade, 0.55 * smooth(1 + f * 1.6) + 0.22 * clamp01(0.5 - 0.9 * c.light * u));
        // collar: a band around the neckline
        if (y > h.bodyY - 0.05) {
          const band = toNeck - 0.024;
          lay(c.shirtShade, 0.55 * clamp01(1 - (toNeck - 0.018) * 22));
          lay(c.shirtAccent, clamp01(0.5 - band * size));
        }
        blend(out, o, coverage);
      }
      const skin = clamp01(0.5 - toNeck * size);
      if (skin > 0 && y > h.neckTopY) {
        const t = ((y - h.neckTopY) / (h.bodyY - h.neckTopY)) * 1.6 - 0.6;
        start(c.skinShade);
        lay(c.skinDeep, 0.85 * (1 - smooth(t * 1.15 - 0.25)));
        lay(c.skin, 0.55 * smooth(t * 1.5 - 0.9));
        lay(c.skinDeep, 0.3 * smooth(1 + (toNeck * 1.2) / h.neckRadius));
        blend(out, o, skin);
      }
    }
  }
}

function paintEar(h: Shape, c: Palette, frame: Frame, out: Float32Array, side: number): void {
  const { size } = frame;
  const { earWidth, earHeight } = sideOf(h, side);
  const centreP = side * h.earP + h.earShift;
  const box = headBox(h, centreP - earWidth, centreP + earWidth, h.earQ - earHeight, h.earQ + earHeight, frame);
  const unit = h.S * size;
  for (let j = box.y0; j <= box.y1; j++) {
    for (let i = box.x0; i <= box.x1; i++) {
      const dx = ((i + 0.5) / size - h.cx) / h.S;
      const dy = ((j + 0.5) / size - h.cy) / h.S;
      const u = (dx * h.cosRoll + dy * h.sinRoll - centreP) / earWidth;
      const v = (dy * h.cosRoll - dx * h.sinRoll - h.earQ) / earHeight;
      const f = u * u + v * v - 1;
      if (f > 1.5) continue;
      const su = u / earWidth;
      const sv = v / earHeight;
      const coverage = clamp01(0.5 - (f * unit) / Math.max(2 * Math.sqrt(su * su + sv * sv), 0.5));
      if (coverage === 0) continue;
      const iu = (u - side * 0.1) / 0.55;
      const iv = (v + 0.06) / 0.62;
      const inner = iu * iu + iv * iv;
      start(c.skin);
      lay(c.skinShade, 0.35 + 0.3 * smooth(1 + f));
      lay(c.blush, 0.3);
      lay(c.skinDeep, 0.6 * smooth(1.25 - inner));
      blend(out, offsetIn(frame, i, j), coverage);
    }
  }
}

/** Fixed places of freckles on the face, face coordinates, and their sizes. */
const freckles = [
  { x: 0.3, y: 0.34, size: 0.03 },
  { x: 0.42, y: 0.3, size: 0.034 },
  { x: 0.54, y: 0.35, size: 0.03 },
  { x: 0.36, y: 0.44, size: 0.034 },
  { x: 0.49, y: 0.46, size: 0.03 },
  { x: 0.61, y: 0.46, size: 0.028 },
  { x: 0.24, y: 0.42, size: 0.026 },
  { x: 0.13, y: 0.27, size: 0.028 },
  { x: 0.04, y: 0.21, size: 0.024 },
];

function paintHead(h: Shape, c: Palette, frame: Frame, out: Float32Array): void {
  const { size } = frame;
  const unit = h.S * size;
  const top = h.hairY - h.hairHeight;
  const crown = faceToHead(h, 0, top);
  const chin = faceToHead(h, h.jawX, h.lower);
  const lift = Math.abs(h.sinYaw) * 0.35;
  const cheeks = 1 + Math.max(0, h.left.cheek, h.right.cheek);
  const reach = Math.max(h.left.hairWidth, h.right.hairWidth, h.W * cheeks + Math.abs(h.jawX)) * h.cosX + lift;
  const box = headBox(h, -reach, reach, Math.min(crown.y, -1) - 0.06, Math.max(chin.y, h.lower * h.cosY) + 0.06, frame);
  const ball = noseBall(h);
  const bridge = faceToHead(h, 0, h.bridgeY, 0.05);
  const strandFade = c.strandStrength * fade(unit * 0.24);
  const light = c.light;
  const lashes = 0.045 * unit; // pixels
  const partY = top - 0.12;

  for (let j = box.y0; j <= box.y1; j++) {
    for (let i = box.x0; i <= box.x1; i++) {
      const dx = ((i + 0.5) / size - h.cx) / h.S;
      const dy = ((j + 0.5) / size - h.cy) / h.S;
      const p = dx * h.cosRoll + dy * h.sinRoll;
      const q = dy * h.cosRoll - dx * h.sinRoll;
      headToFace(h, p, q, scratch);
      const X = scratch[0]!;
      const Y = scratch[1]!;
      const o = offsetIn(frame, i, j);

      // Hair first, because it hides the face.
      let hair = 0;
      let overForehead = 1;
      const hairF = hairOutline(h, X, Y, scratch);
      if (hairF < 0.8) {
        const edge = Math.max(0.3, headSlope(h, X, Y, scratch[2]!, scratch[3]!));
        const line = hairline(h, X);
        const lineSlope = (hairline(h, X + 0.02) - line) / 0.02;
        overForehead = (Y - line) / Math.sqrt(1 + lineSlope * lineSlope);
        hair = clamp01(0.5 - (hairF * unit) / edge) * clamp01(0.5 - overForehead * unit);
      }

      const faceF = faceOutline(h, X, Y, scratch);
      if (hair < 1 && faceF < 0.8) {
        const edge = Math.max(0.3, headSlope(h, X, Y, scratch[2]!, scratch[3]!));
        const coverage = clamp01(0.5 - (faceF * unit) / edge);
        if (coverage > 0) {
          // form: light from above and from one side, darker towards the outline
          const nx = X / h.W;
          const slant = light * nx * 0.75 - 0.35 * Y + 0.08;
          start(c.skin);
          lay(c.skinLight, smooth(slant * 0.9 + 0.15));
          lay(c.skinShade, 0.8 * smooth(-slant * 0.75 + 0.05));
          const rim = clamp01(1 + faceF);
          lay(c.skinShade, 0.5 * rim * rim * rim * rim);
          // cheeks
          const U = skinX(h, X, Y);
          const au = Math.abs(U);
          const bx = au - 0.47;
          const by = Y - 0.4;
          lay(c.blush, c.blushStrength * 0.75 * Math.exp(-(bx * bx * 16 + by * by * 28)));
          if (Y > 0.1 && Y < 0.6 && au < 0.72) {
            for (let k = 0; k < freckles.length; k++) {
              const { x: fx, y: fy, size: fs } = freckles[k]!;
              // mirrored with a little skew so that the two cheeks differ
              const ex = au - fx;
              const ey = Y - fy - (U > 0 ? 0.03 : -0.02) * (fx * 8 - 3);
              const d = ex * ex + ey * ey;
              if (d < 0.01) lay(c.freckle, c.freckleStrength * freckleFade(unit) * Math.exp(-d / (fs * fs * 0.9)));
            }
          }
          const ax = Math.abs(X);
          if (ax < 0.75 && Y > -0.4 && Y < 0.45) paintEye(h, c, X, Y, unit, lashes, light);
          paintNose(h, c, p, q, ball.x, ball.y, bridge.x, bridge.y, light, unit);
          if (Math.abs(X - h.mouthX) < h.mouthWidth * 1.25 && Y > h.mouthY - 0.35 && Y < h.mouthY + 0.45)
            paintMouth(h, c, X, Y, unit);
          // the hair's shadow on the forehead
          if (hairF < 0.1 && overForehead > 0) lay(c.skinDeep, 0.5 * smooth(1 - overForehead / 0.16));
          // brows shine through the shadow
          if (ax < 0.75 && Y > -0.75 && Y < 0.05) paintBrow(h, c, X, Y, unit);
          blend(out, o, coverage);
        }
      }
      if (hair > 0) {
        const ux = X - h.partX;
        const uy = Y - partY;
        const r = Math.sqrt(ux * ux + uy * uy);
        const angle = Math.atan2(ux, uy);
        const wave = Math.sin(angle * 15 + 0.8 * Math.sin(4.5 * r + angle * 2));
        start(c.hair);
        lay(c.hairLight, 0.35 * smooth(0.5 + 0.6 * light * (X / h.W) - 0.5 * (Y + 0.7)));
        lay(c.hairShade, 0.6 * smooth(1.1 + hairF * 1.7));
        lay(c.hairShade, 0.45 * smooth(1 + overForehead / 0.3));
        lay(wave > 0 ? c.hairLight : c.hairShade, 0.8 * strandFade * Math.abs(wave));
        const gloss = (r - 0.52 - 0.03 * wave) * 7.5;
        lay(c.hairLight, 0.75 * Math.exp(-gloss * gloss) * (0.75 + 0.25 * wave));
        blend(out, o, hair);
      }
    }
  }
}

const freckleFade = (unit: number): number => clamp01(unit / 14 - 0.2);

function paintEye(h: Shape, c: Palette, X: number, Y: number, unit: number, lash: number, light: number): void {
  const sign = X < 0 ? -1 : 1;
  const { eyeY, lidUpper, lidLower } = sideOf(h, X);
  const e = h.eyeSize;
  const x = X - sign * h.eyeX; // from the centre of this eye, to the right
  const y = Y - eyeY;
  const a = x / e;
  const reach = Math.abs(a);
  if (reach > 1.35) return;
  const inside = a * a < 1 ? lid(a) : 0;
  const upper = -lidUpper * inside;
  const lower = lidLower * inside;
  // slopes of the lids, for distances across them
  const slope = a * a < 1 ? (-2 * a * 0.55 - 1.8 * a * a * a) / e : 0;
  const fromUpper = (y - upper) / Math.sqrt(1 + lidUpper * lidUpper * slope * slope);
  const fromLower = (lower - y) / Math.sqrt(1 + lidLower * lidLower * slope * slope);
  const ends = (1 - reach) * e;
  // crease over the eye and a soft socket
  const socket = 1 - (a * a) / 1.8 - ((y + 0.05) / 0.3) ** 2;
  if (socket > 0) lay(c.skinShade, 0.45 * socket * socket);
  if (reach < 1.1) {
    const crease = y + lidUpper * (1 - (a * a) / 1.3) * 1.12 + 0.062;
    lay(c.skinDeep, 0.55 * stroke(crease * unit, lash * 0.6) * smooth((1.1 - reach) * 3));
  }
  const opening = clamp01(0.5 + Math.min(fromUpper, fromLower, ends * 2) * unit);
  if (opening > 0) {
    const skinR = ink[0]!;
    const skinG = ink[1]!;
    const skinB = ink[2]!;
    start(c.eyeWhite);
    lay(c.eyeWhiteShade, 0.9 * smooth(1 - fromUpper / 0.09) + 0.3 * smooth(reach * 1.5 - 0.6));
    const ix = x - h.irisX;
    const iy = y - h.irisY;
    const r = Math.sqrt(ix * ix + iy * iy);
    const ri = h.irisRadius;
    const iris = clamp01(0.5 - (r - ri) * unit);
    if (iris > 0) {
      const whiteR = ink[0]!;
      const whiteG = ink[1]!;
      const whiteB = ink[2]!;
      start(c.iris);
      lay(c.irisLight, smooth(0.4 + (iy / ri) * 0.9 - 0.1));
      lay(c.irisRim, smooth((r / ri - 0.66) * 3.2) * 0.9);
      lay(c.pupil, clamp01(0.5 - (r - 0.5 * ri) * unit));
      lay(c.pupil, 0.45 * smooth(1 - fromUpper / 0.1));
      layInkOver(whiteR, whiteG, whiteB, iris);
      const gx = ix - ri * (0.22 + 0.18 * light);
      const gy = iy + ri * 0.42;
      lay(c.teeth, 0.95 * clamp01(0.5 - (Math.sqrt(gx * gx + gy * gy) - ri * 0.27) * unit));
    }
    layInkOver(skinR, skinG, skinB, opening);
  }
  // upper lash line: thickest outside, a little wing past the outer corner
  const outward = a * sign;
  if (reach < 1.18) {
    const wing = outward > 0.85 ? (outward - 0.85) * 0.18 : 0;
    const thickness = lash * (0.75 + 0.35 * outward) * smooth((1.18 - reach) * 4);
    const distance = reach < 1 ? fromUpper : y + wing;
    lay(c.lash, 0.95 * stroke((distance + wing * 0.4 + 0.012) * unit, thickness));
    if (reach < 1) lay(c.skinDeep, 0.6 * stroke(fromLower * unit, lash * 0.5));
  }
}

function paintBrow(h: Shape, c: Palette, X: number, Y: number, unit: number): void {
  const a = (Math.abs(X) - h.eyeX - 0.03) / h.browHalf;
  if (a < -1.2 || a > 1.2) return;
  const ac = a < -1 ? -1 : Math.min(a, 1);
  const beyond = Math.abs(a - ac) * h.browHalf;
  const dy = Y - browLine(h, sideOf(h, X), ac);
  const distance = Math.sqrt(dy * dy + beyond * beyond) - browHalfThickness(h, ac);
  lay(c.brow, 0.95 * clamp01(0.5 - distance * unit));
}

function paintNose(
  h: Shape,
  c: Palette,
  p: number,
  q: number,
  ballP: number,
  ballQ: number,
  bridgeP: number,
  bridgeQ: number,
  light: number,
  unit: number,
): void {
  const w = h.noseWidth;
  const u = (p - ballP) / w;
  const below = (q - ballQ) / w;
  if (below > 1.6 || u > 3 || u < -3 || q < bridgeQ - 0.1) return;
  // bridge: shade on the side away from the light
  const span = ballQ - bridgeQ;
  const t = clamp01((q - bridgeQ) / span);
  const axis = bridgeP + (ballP - bridgeP) * t;
  const halfWidth = w * (0.42 + 0.4 * t * t);
  const across = (p - axis) / halfWidth;
  const along = smooth(((q - bridgeQ) / span) * 1.6) * smooth((ballQ + 0.8 * w - q) / (0.5 * w));
  const away = across * -light;
  lay(c.skinShade, along * 0.75 * (0.55 + 0.45 * Math.tanh(2 * away)) * Math.exp(-3 * (Math.abs(across) - 1.1) ** 2));
  lay(c.skinLight, along * 0.7 * Math.exp(-((across - 0.25 * light) ** 2) * 3));
  const v = noseAlong(h, below);
  // ball of the nose: shade below, blush, highlight exactly on the tip
  const ball = u * u + v * v * 1.35;
  lay(c.blush, 0.4 * smooth(1.6 - ball));
  const shade = u * u * 0.8 + (v - 0.72) * (v - 0.72) * 5;
  lay(c.skinDeep, 0.9 * Math.exp(-shade * 1.3));
  // nostrils
  const nx = Math.abs(u) - 0.5;
  const ny = v - 0.66 + 0.12 * nx;
  const nostril = Math.sqrt((nx * nx) / 1.6 + ny * ny * 1.7) * w;
  lay(c.skinDeep, clamp01(0.5 - (nostril - 0.2 * w) * unit * 0.8));
  lay(c.lash, 0.35 * clamp01(0.5 - (nostril - 0.14 * w) * unit * 0.8));
  // wings
  const wing = Math.abs(Math.sqrt((Math.abs(u) - 0.62) ** 2 + (v - 0.3) ** 2) - 0.48) * w;
  if (Math.abs(u) > 0.75) lay(c.skinDeep, 0.75 * stroke(wing * unit, 0.05 * unit) * smooth((Math.abs(u) - 0.75) * 3));
  lay(c.skinLight, 0.95 * Math.exp(-(u * u + v * v) * 5));
  lay(c.teeth, 0.3 * Math.exp(-(u * u + v * v) * 14));
}

function paintMouth(h: Shape, c: Palette, X: number, Y: number, unit: number): void {
  const a = (X - h.mouthX) / h.mouthWidth;
  const reach = Math.abs(a);
  if (reach > 1.25) return;
  const ac = reach > 1 ? a / reach : a;
  mouthCurves(h, ac, curves);
  const d = 0.02;
  const outerUpper = curves[0]!;
  const innerUpper = curves[1]!;
  const innerLower = curves[2]!;
  const outerLower = curves[3]!;
  // shade below the lower lip
  lay(c.skinShade, 0.55 * Math.exp(-(((Y - outerLower - 0.07) / 0.05) ** 2)) * smooth((0.75 - reach) * 3));
  // little dimples that end the mouth
  const corner = Math.sqrt((reach - 1) ** 2 * h.mouthWidth * h.mouthWidth + (Y - innerUpper) ** 2);
  lay(c.lipLine, 0.5 * clamp01(0.5 - (corner - 0.018) * unit));
  if (reach > 1) return;
  const near = ac > 0 ? ac - d : ac + d;
  mouthCurves(h, near, curves);
  const dx = Math.abs(near - ac) * h.mouthWidth;
  const across = (y0: number, y1: number): number => 1 / Math.sqrt(1 + ((y1 - y0) / dx) ** 2);
  const ends = (1 - reach) * h.mouthWidth * 2;
  const fromTop = (Y - outerUpper) * across(outerUpper, curves[0]!);
  const fromBottom = (outerLower - Y) * across(outerLower, curves[3]!);
  const lips = clamp01(0.5 + Math.min(fromTop, fromBottom, ends) * unit);
  if (lips === 0) return;
  const skinR = ink[0]!;
  const skinG = ink[1]!;
  const skinB = ink[2]!;
  const fromInnerTop = (Y - innerUpper) * across(innerUpper, curves[1]!);
  const fromInnerBottom = (innerLower - Y) * across(innerLower, curves[2]!);
  start(c.lip);
  if (Y > innerLower) {
    const gx = a + 0.1;
    const gy = (Y - 0.5 * (innerLower + outerLower)) / 0.035;
    lay(c.lipLight, 0.9 * Math.exp(-gx * gx * 6 - gy * gy));
  } else if (Y < innerUpper) lay(c.lipLine, 0.3);
  const open = clamp01(0.5 + Math.min(fromInnerTop, fromInnerBottom) * unit);
  if (open > 0) {
    const lipR = ink[0]!;
    const lipG = ink[1]!;
    const lipB = ink[2]!;
    start(c.mouth);
    const gap = h.mouthOpen;
    const tongueX = a / 0.62;
    const tongueY = (Y - innerLower - 0.015) / (0.62 * gap + 0.01);
    lay(c.tongue, 0.9 * clamp01(0.5 - (Math.sqrt(tongueX * tongueX + tongueY * tongueY) - 1) * gap * 0.6 * unit));
    const teethBottom = innerUpper + Math.min(0.085, 0.42 * gap) * (1 - a * a * 0.6);
    lay(c.teeth, clamp01(0.5 + (teethBottom - Y) * unit) * smooth((0.92 - reach) * 6) * smooth(gap / 0.05 - 0.3));
    layInkOver(lipR, lipG, lipB, open);
  }
  // the line where the lips meet
  const meet = Math.min(Math.abs(fromInnerTop), Math.abs(fromInnerBottom));
  lay(c.lipLine, 0.75 * stroke(meet * unit, 0.026 * unit));
  layInkOver(skinR, skinG, skinB, lips);
}
