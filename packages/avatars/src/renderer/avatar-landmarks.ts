import { type AvatarGeometry, checkGeometry, checkResolution } from './parameters.js';
import {
  backBottomAt,
  backBox,
  bodyBox,
  bodyOutline,
  browLine,
  browX,
  createShape,
  faceHalfWidth,
  faceOutline,
  faceToPicture,
  faceX,
  hairline,
  hairOutline,
  headToFace,
  headToPicture,
  inverseSquare,
  lid,
  mouthCurves,
  noseAcross,
  noseBall,
  type Point,
  pictureToHead,
  type Shape,
  shoulderRise,
  sideOf,
} from './shape.js';

/** What may hide a landmark: the hair over the forehead, and for parts behind the head also the face. */
type Layer = 'hair' | 'face' | 'ear' | 'body' | 'back';
type Landmark = { name: string; layer: Layer; at: (h: Shape) => Point };

const sides = [
  ['left', -1],
  ['right', 1],
] as const;
const curves = new Float64Array(4);
const scratch = new Float64Array(4);

const list: Landmark[] = [];
const add = (name: string, layer: Layer, at: (h: Shape) => Point): void => {
  list.push({ name, layer, at });
};

// The order of the first 68 is the one of the iBUG 300-W annotation: jaw, brows, nose, eyes, mouth.
for (let i = 0; i <= 16; i++) {
  add(`jaw-${i}`, 'face', (h) => {
    const fromChin = Math.abs(8 - i) / 8;
    const Y = h.lower * Math.cos((fromChin * Math.PI) / 2);
    const U = Math.sign(i - 8) * (i === 8 ? 0 : faceHalfWidth(h, Y));
    return faceToPicture(h, faceX(h, U, Y), Y);
  });
}
for (const [side, sign] of sides) {
  for (let i = 0; i < 5; i++) {
    // from the left of the picture to the right
    const a = sign * (-1 + i / 2);
    add(`brow-${side}-${i}`, 'face', (h) => faceToPicture(h, sign * browX(h, a), browLine(h, sideOf(h, sign), a)));
  }
}
for (let i = 0; i < 4; i++) {
  add(`nose-bridge-${i}`, 'face', (h) => {
    const t = i / 4;
    return faceToPicture(h, t * h.noseX, h.bridgeY + t * (h.noseY - h.bridgeY), 0.05 + t * (h.noseDepth - 0.05));
  });
}
for (let i = 0; i < 5; i++) {
  const a = i / 2 - 1;
  add(
    i === 2 ? 'nose-base' : `nose-wing-${i < 2 ? 'left' : 'right'}-${i === 0 || i === 4 ? 'outer' : 'inner'}`,
    'face',
    (h) => {
      const ball = noseBall(h);
      return headToPicture(h, ball.x + a * h.noseWidth, ball.y + h.noseWidth * noseAcross(h, 0.8 - 0.45 * a * a));
    },
  );
}
for (const [side, sign] of sides) {
  const eye = (name: string, a: number, edge: -1 | 0 | 1): void =>
    add(`eye-${side}-${name}`, 'face', (h) => {
      const { eyeY, lidUpper, lidLower } = sideOf(h, sign);
      const height = edge < 0 ? -lidUpper : lidLower;
      return faceToPicture(h, sign * (h.eyeX + a * h.eyeSize), eyeY + (edge === 0 ? 0 : height * lid(a)));
    });
  // clockwise from the corner at the left of the picture
  const first = sign < 0 ? 'outer' : 'inner';
  const last = sign < 0 ? 'inner' : 'outer';
  const at = sign < 0 ? 0.4 : -0.4;
  eye(first, sign < 0 ? 1 : -1, 0);
  eye(`upper-${first}`, at, -1);
  eye(`upper-${last}`, -at, -1);
  eye(last, sign < 0 ? -1 : 1, 0);
  eye(`lower-${last}`, -at, 1);
  eye(`lower-${first}`, at, 1);
}
const mouth = (name: string, a: number, curve: 0 | 1 | 2 | 3): void =>
  add(`mouth-${name}`, 'face', (h) => {
    mouthCurves(h, a, curves);
    return faceToPicture(h, h.mouthX + a * h.mouthWidth, curves[curve]!);
  });
mouth('corner-left', -1, 1);
mouth('upper-left-outer', -0.66, 0);
mouth('upper-left', -0.28, 0);
mouth('upper', 0, 0);
mouth('upper-right', 0.28, 0);
mouth('upper-right-outer', 0.66, 0);
mouth('corner-right', 1, 1);
mouth('lower-right-outer', 0.66, 3);
mouth('lower-right', 0.33, 3);
mouth('lower', 0, 3);
mouth('lower-left', -0.33, 3);
mouth('lower-left-outer', -0.66, 3);
mouth('inner-left', -0.85, 1);
mouth('inner-upper-left', -0.4, 1);
mouth('inner-upper', 0, 1);
mouth('inner-upper-right', 0.4, 1);
mouth('inner-right', 0.85, 1);
mouth('inner-lower-right', 0.4, 2);
mouth('inner-lower', 0, 2);
mouth('inner-lower-left', -0.4, 2);

// Beyond iBUG: what people drag.
add('nose-tip', 'face', (h) => {
  const ball = noseBall(h);
  return headToPicture(h, ball.x, ball.y + h.noseWidth * noseAcross(h, 0));
});
for (const [side, sign] of sides) {
  add(`eye-${side}`, 'face', (h) => faceToPicture(h, sign * h.eyeX, sideOf(h, sign).eyeY));
  add(`iris-${side}`, 'face', (h) => faceToPicture(h, sign * h.eyeX + h.irisX, sideOf(h, sign).eyeY + h.irisY));
  add(`cheek-${side}`, 'face', (h) => faceToPicture(h, faceX(h, sign * 0.47, 0.4), 0.4));
  const ear = (name: string, u: number, v: number): void =>
    add(name, 'ear', (h) => {
      const { earWidth, earHeight } = sideOf(h, sign);
      return headToPicture(h, sign * (h.earP + u * earWidth) + h.earShift, h.earQ + v * earHeight);
    });
  ear(`ear-${side}`, 1, 0);
  ear(`ear-${side}-top`, 0.6, -0.8);
  ear(`ear-${side}-lobe`, 0.6, 0.8);
}
add('mouth', 'face', (h) => {
  mouthCurves(h, 0, curves);
  return faceToPicture(h, h.mouthX, 0.5 * (curves[1]! + curves[2]!));
});
add('hair-top', 'hair', (h) => faceToPicture(h, 0, h.hairY - h.hairHeight));
for (const [side, sign] of sides) {
  add(`hair-${side}`, 'hair', (h) =>
    faceToPicture(h, sign * sideOf(h, sign).hairWidth * Math.SQRT1_2, h.hairY - h.hairHeight * Math.SQRT1_2),
  );
}
add('hairline', 'hair', (h) => faceToPicture(h, h.partX, hairline(h, h.partX)));
for (const [side, sign] of sides) {
  add(`back-hair-${side}`, 'back', (h) => {
    const v = inverseSquare(0.5, backBox); // the lower corner, where both squares are one half
    const bottom = backBottomAt(h, sign * Math.SQRT1_2);
    return headToPicture(
      h,
      h.backShiftP + sign * sideOf(h, sign).backWidth * Math.SQRT1_2,
      h.backShiftQ + 0.5 * (h.backTop + bottom) + 0.5 * (bottom - h.backTop) * v,
    );
  });
}
for (const [side, sign] of sides) {
  add(`shoulder-${side}`, 'body', (h) => {
    const u = 0.8;
    const v = inverseSquare(1 - u * u * (1 - bodyBox + bodyBox * u * u), bodyBox);
    const x = h.bodyX + sign * u * h.bodyWidth;
    return { x, y: h.bodyY + h.bodyHeight * (1 - v) - shoulderRise(h, x) };
  });
}
add('collar', 'body', (h) => ({ x: h.bodyX, y: h.bodyY + h.collarHeight }));

/** Names of the landmarks; 'left' and 'right' are those of the picture. The first 68 follow iBUG 300-W. */
export const landmarkNames: readonly string[] = list.map(({ name }) => (name === 'jaw-8' ? 'chin' : name));

const indexOf = (name: string): number => {
  const i = landmarkNames.indexOf(name);
  if (i < 0) throw new Error(`no landmark ${name}`);
  return i;
};

/** Indices into `landmarkNames`: the one and five standard points of drag evaluations, and the parts of the face. */
export const landmarkGroups = {
  one: [indexOf('nose-tip')],
  five: ['eye-left', 'eye-right', 'nose-tip', 'mouth-corner-left', 'mouth-corner-right'].map(indexOf),
  ibug68: Array.from({ length: 68 }, (_, i) => i),
  jaw: Array.from({ length: 17 }, (_, i) => i),
  brows: Array.from({ length: 10 }, (_, i) => 17 + i),
  nose: [...Array.from({ length: 9 }, (_, i) => 27 + i), indexOf('nose-tip')],
  eyes: [
    ...Array.from({ length: 12 }, (_, i) => 36 + i),
    ...['eye-left', 'eye-right', 'iris-left', 'iris-right'].map(indexOf),
  ],
  mouth: [...Array.from({ length: 20 }, (_, i) => 48 + i), indexOf('mouth')],
  ears: landmarkNames.flatMap((name, i) => (name.startsWith('ear-') ? [i] : [])),
  hair: landmarkNames.flatMap((name, i) => (name.includes('hair') ? [i] : [])),
  body: ['shoulder-left', 'shoulder-right', 'collar'].map(indexOf),
} as const satisfies Record<string, readonly number[]>;

export type AvatarLandmarks = {
  /** the same as `landmarkNames` */
  names: readonly string[];
  /** `[L, 2]`: x, y in pixels, the centre of the upper left pixel at (0, 0) */
  points: Float32Array;
  /** `[L]`: 1 where the point lies in the picture and no other part hides it */
  visible: Uint8Array;
};

/**
 * Exact landmarks: the points through the same projection that the painter inverts, so independent of appearance.
 *
 * @throws InvalidArgumentError for a parameter that is missing, not finite or far out of range, or a bad resolution
 */
export function avatarLandmarks(
  geometry: AvatarGeometry,
  { resolution = 128 }: { resolution?: number } = {},
): AvatarLandmarks {
  checkGeometry('avatarLandmarks', geometry);
  const size = checkResolution('avatarLandmarks', resolution);
  const h = createShape(geometry);
  const points = new Float32Array(list.length * 2);
  const visible = new Uint8Array(list.length);
  list.forEach(({ layer, at }, i) => {
    const { x, y } = at(h);
    points[2 * i] = x * size - 0.5;
    points[2 * i + 1] = y * size - 0.5;
    const framed = x >= 0.5 / size && y >= 0.5 / size && x <= 1 - 0.5 / size && y <= 1 - 0.5 / size;
    visible[i] = framed && !hidden(h, layer, x, y) ? 1 : 0;
  });
  return { names: landmarkNames, points, visible };
}

/**
 * Does a part in front of this layer cover the point? A hundredth of a head unit of tolerance for points on outlines.
 */
function hidden(h: Shape, layer: Layer, x: number, y: number): boolean {
  if (layer === 'hair') return false;
  const { x: p, y: q } = pictureToHead(h, x, y);
  headToFace(h, p, q, scratch);
  const X = scratch[0]!;
  const Y = scratch[1]!;
  if (hairOutline(h, X, Y, scratch) < -0.01 && Y < hairline(h, X) - 0.01) return true;
  if (layer === 'face') return false;
  if (faceOutline(h, X, Y, scratch) < -0.02) return true;
  if (layer === 'ear' || layer === 'body') return false;
  return bodyOutline(h, x, y, scratch) < -0.02;
}
