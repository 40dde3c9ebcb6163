import { InvalidArgumentError } from '@autodrag/nn';
import { describe, expect, test } from 'vitest';
import { bothSides, drawAvatars, plainAvatar } from '../../test/avatars.js';
import { avatarLandmarks, landmarkGroups, landmarkNames } from './avatar-landmarks.js';
import {
  type AppearanceName,
  type AvatarGeometry,
  type GeometryName,
  geometryNames,
  geometryRange,
} from './parameters.js';
import { renderAvatar } from './render-avatar.js';
import { createShape, faceOutline, headToFace, pictureToHead } from './shape.js';

const size = 384;
/** Half a pixel of a 128 picture. */
const tolerance = 1.5;

/** A face of which much is aside, and no side like the other. */
const skewed = {
  ...{ jawX: 0.06, cheekLeft: 0.08, cheekRight: -0.06, noseX: -0.05, noseLift: 0.2, collarDepth: 0.9 },
  ...{ eyeHeightLeft: 0.03, eyeHeightRight: -0.02, eyeOpennessLeft: 1.2, eyeOpennessRight: 1.05, fringe: 0.05 },
  ...{ mouthX: -0.03, mouthY: 0.02, lipUpper: 0.08, lipLower: 0.05, smileLeft: 0.9, smileRight: 0.2 },
  ...{ browCurveLeft: 0.1, browTiltRight: 0.2, shoulderHeightLeft: 0.03, shoulderHeightRight: -0.02 },
} as const;

/** Pixels that an appearance parameter colours, from 0 to 1: where a part is drawn. */
function drawn(geometry: AvatarGeometry, names: AppearanceName[]): Float32Array {
  const changes = (value: number) => Object.fromEntries(names.map((name) => [name, value]));
  const a = renderAvatar(
    { geometry, appearance: plainAvatar({}, changes(-1)).appearance },
    { resolution: size },
  ).pixels;
  const b = renderAvatar({ geometry, appearance: plainAvatar({}, changes(1)).appearance }, { resolution: size }).pixels;
  const mask = new Float32Array(size * size);
  for (let i = 0; i < mask.length; i++) {
    for (let c = 0; c < 3; c++) mask[i] = Math.max(mask[i]!, Math.abs(a[3 * i + c]! - b[3 * i + c]!));
  }
  return mask;
}

function at(geometry: AvatarGeometry, name: string): { x: number; y: number } {
  const { points } = avatarLandmarks(geometry, { resolution: size });
  const i = landmarkNames.indexOf(name);
  expect(i, name).toBeGreaterThanOrEqual(0);
  return { x: points[2 * i]!, y: points[2 * i + 1]! };
}

/** First and last pixel over a threshold in the row (or column) of a mask. */
function extent(mask: Float32Array, line: number, from: number, to: number, threshold: number, column = false) {
  let first = -1;
  let last = -1;
  for (let i = Math.max(0, Math.round(from)); i < Math.min(size, to); i++) {
    if (mask[column ? i * size + line : line * size + i]! > threshold) {
      if (first < 0) first = i;
      last = i;
    }
  }
  return { first, last };
}

test('there are 91 names without a double, the first 68 in the order of iBUG 300-W', () => {
  expect(landmarkNames.length).toBe(91);
  expect(new Set(landmarkNames).size).toBe(91);
  expect([0, 8, 16, 17, 27, 36, 45, 48, 54, 57, 66].map((i) => landmarkNames[i])).toEqual([
    'jaw-0',
    'chin',
    'jaw-16',
    'brow-left-0',
    'nose-bridge-0',
    'eye-left-outer',
    'eye-right-outer',
    'mouth-corner-left',
    'mouth-corner-right',
    'mouth-lower',
    'mouth-inner-lower',
  ]);
  expect(landmarkGroups.five.map((i) => landmarkNames[i])).toEqual([
    'eye-left',
    'eye-right',
    'nose-tip',
    'mouth-corner-left',
    'mouth-corner-right',
  ]);
  expect(landmarkGroups.one.map((i) => landmarkNames[i])).toEqual(['nose-tip']);
});

describe('a landmark lies on what is drawn, within half a pixel of 128:', () => {
  const poses: AvatarGeometry[] = [
    plainAvatar(bothSides('hairLength', 0.2)).geometry,
    plainAvatar({ yaw: 0.4, pitch: -0.15, headX: 0.45, ...bothSides('eyeOpenness', 1.2), gazeX: -0.7, fringe: 0.05 })
      .geometry,
    plainAvatar({
      yaw: -0.3,
      pitch: 0.2,
      headY: 0.5,
      ...bothSides('eyeOpenness', 1.1),
      ...bothSides('smile', 0.9),
      mouthOpen: 0.14,
    }).geometry,
    plainAvatar({ ...skewed, yaw: 0.2, ...bothSides('hairLength', 0.2) }).geometry,
  ];

  test('the middle of an iris', () => {
    for (const geometry of poses) {
      const mask = drawn(geometry, ['irisRed', 'irisYellow']);
      for (const side of ['left', 'right']) {
        const { x, y } = at(geometry, `iris-${side}`);
        const { first, last } = extent(mask, Math.round(y), Math.round(x) - 40, Math.round(x) + 40, 0.1);
        expect(Math.abs((first + last) / 2 - x)).toBeLessThan(tolerance);
        // and the pupil is the darkest spot there
        const { pixels } = renderAvatar({ geometry, appearance: plainAvatar().appearance }, { resolution: size });
        const o = (Math.round(y) * size + Math.round(x)) * 3;
        expect(Math.max(pixels[o]!, pixels[o + 1]!, pixels[o + 2]!)).toBeLessThan(-0.7);
      }
    }
  });

  test('the corners and rims of the mouth', () => {
    for (const geometry of poses) {
      const mask = drawn(geometry, ['lipRed', 'lipDepth']);
      for (const [name, along] of [
        ['mouth-corner-left', -1],
        ['mouth-corner-right', 1],
      ] as const) {
        const { x, y } = at(geometry, name);
        let outermost = along < 0 ? size : 0;
        for (let j = Math.round(y) - 6; j <= Math.round(y) + 6; j++) {
          const { first, last } = extent(mask, j, x - 60, x + 60, 0.1);
          if (first < 0) continue;
          outermost = along < 0 ? Math.min(outermost, first) : Math.max(outermost, last);
        }
        expect(Math.abs(outermost - x), name).toBeLessThan(2 * tolerance); // a dimple ends the line of the lips
      }
      const upper = at(geometry, 'mouth-upper');
      const lower = at(geometry, 'mouth-lower');
      const top = extent(mask, Math.round(upper.x), upper.y - 25, upper.y + 15, 0.1, true);
      const bottom = extent(mask, Math.round(lower.x), lower.y - 15, lower.y + 30, 0.1, true);
      expect(Math.abs(top.first - upper.y)).toBeLessThan(tolerance);
      expect(Math.abs(bottom.last - lower.y)).toBeLessThan(tolerance);
    }
  });

  test('the top of the hair', () => {
    // looking up, so that the hair behind, of the same colour, stays below
    for (const [hairVolume, hairTop] of [
      [0.06, 0],
      [0.17, 0.04],
      [0.28, 0],
    ] as const) {
      const { geometry } = plainAvatar({ ...bothSides('hairVolume', hairVolume), hairTop, pitch: -0.2 });
      const mask = drawn(geometry, ['hairRed', 'hairLightness']);
      const { x, y } = at(geometry, 'hair-top');
      const { first } = extent(mask, Math.round(x), y - 30, y + 30, 0.1, true);
      expect(Math.abs(first - y)).toBeLessThan(tolerance);
    }
  });

  test('the shoulders, on the outline of the shirt', () => {
    for (const geometry of poses) {
      const mask = drawn(geometry, ['shirtRed', 'shirtLightness']);
      for (const [name, along] of [
        ['shoulder-left', -1],
        ['shoulder-right', 1],
      ] as const) {
        const { x, y } = at(geometry, name);
        const { first, last } = extent(mask, Math.round(y), 0, size, 0.1);
        expect(Math.abs((along < 0 ? first : last) - x), name).toBeLessThan(tolerance);
      }
    }
  });

  test('the ears, on the outermost skin', () => {
    const { geometry } = plainAvatar({
      ...bothSides('hairLength', 0.1),
      ...bothSides('hairVolume', 0.06),
      ...{ earSizeLeft: 0.26, earSizeRight: 0.2 },
    });
    const mask = drawn(geometry, ['skinTone']);
    for (const [name, along] of [
      ['ear-left', -1],
      ['ear-right', 1],
    ] as const) {
      const { x, y } = at(geometry, name);
      const { first, last } = extent(mask, Math.round(y), 0, size, 0.1);
      expect(Math.abs((along < 0 ? first : last) - x), name).toBeLessThan(tolerance);
    }
  });

  test('the chin, on the strongest edge under the mouth', () => {
    for (const geometry of poses) {
      const { pixels } = renderAvatar(
        { geometry, appearance: plainAvatar({}, { skinTone: -0.8 }).appearance },
        { resolution: size },
      );
      const { x, y } = at(geometry, 'chin');
      let best = 0;
      let edge = 0;
      for (let j = Math.round(y) - 8; j <= Math.round(y) + 8; j++) {
        const step = Math.abs(
          pixels[((j + 1) * size + Math.round(x)) * 3 + 2]! - pixels[(j * size + Math.round(x)) * 3 + 2]!,
        );
        if (step > best) {
          best = step;
          edge = j + 0.5;
        }
      }
      expect(Math.abs(edge - y)).toBeLessThan(tolerance);
    }
  });
});

test('all landmarks but the ends of long hair lie in the picture, for random latents', () => {
  for (const { geometry } of drawAvatars(500, 24)) {
    const { names, points } = avatarLandmarks(geometry);
    const outside = names.filter(
      (name, i) =>
        !name.startsWith('back-hair') &&
        [points[2 * i]!, points[2 * i + 1]!].some((value) => !(value >= 0 && value <= 127)),
    );
    expect(outside).toEqual([]);
  }
});

test('landmarks of two random avatars are 11 pixels of 128 apart and more, by the median', () => {
  const avatars = drawAvatars(100, 22).map(({ geometry }) => avatarLandmarks(geometry).points);
  const distances: number[] = [];
  for (let i = 0; i + 1 < avatars.length; i += 2) {
    const [a, b] = [avatars[i]!, avatars[i + 1]!];
    for (let k = 0; k < 2 * 91; k += 2) distances.push(Math.hypot(a[k]! - b[k]!, a[k + 1]! - b[k + 1]!));
  }
  distances.sort((a, b) => a - b);
  expect(distances[distances.length >> 1]).toBeGreaterThan(11);
});

describe('a local parameter, from its least to its greatest, moves its landmark by pixels of 256, and nothing afar:', () => {
  const ofFace: [name: GeometryName, landmark: string, pixels: number, near: RegExp][] = [
    ['jawX', 'chin', 12, /^(jaw|chin|mouth|cheek)/],
    ['noseX', 'nose-tip', 9, /^nose/],
    ['noseLift', 'nose-tip', 6.5, /^nose-(tip|wing)/],
    ['mouthX', 'mouth', 8.5, /^mouth/],
    ['mouthY', 'mouth', 8, /^mouth/],
    ['lipUpper', 'mouth-upper-left', 4.5, /^mouth-upper/],
    ['lipLower', 'mouth-lower', 5, /^mouth-lower/],
    ['hairTop', 'hair-top', 6.5, /hair-/],
    ['collarDepth', 'collar', 18, /^collar/],
  ];
  const ofSides: typeof ofFace = [
    ['cheekLeft', 'jaw-3', 9.5, /^(jaw-[0-7]$|cheek-left)/],
    ['cheekRight', 'jaw-13', 9.5, /^(jaw-9|jaw-1.|cheek-right)/],
    ...(['Left', 'Right'] as const).flatMap((Side): typeof ofFace => {
      const side = Side.toLowerCase();
      return [
        [`eyeHeight${Side}`, `eye-${side}`, 6, new RegExp(`^(eye|iris|brow)-${side}`)],
        [`eyeOpenness${Side}`, `eye-${side}-upper-inner`, 10, new RegExp(`^eye-${side}-(upper|lower)`)],
        [`browHeight${Side}`, `brow-${side}-2`, 10, new RegExp(`^brow-${side}`)],
        [`browTilt${Side}`, `brow-${side}-0`, 5.5, new RegExp(`^brow-${side}`)],
        [`browCurve${Side}`, `brow-${side}-2`, 8, new RegExp(`^brow-${side}`)],
        [
          `smile${Side}`,
          `mouth-corner-${side}`,
          7,
          new RegExp(`^mouth(?!-corner-${side === 'left' ? 'right' : 'left'})`),
        ],
        [`earSize${Side}`, `ear-${side}-top`, 7, new RegExp(`^ear-${side}`)],
        [`hairVolume${Side}`, `hair-${side}`, 6, /hair-/],
        [`hairLength${Side}`, `back-hair-${side}`, 80, /^back-hair/],
        [`shoulderHeight${Side}`, `shoulder-${side}`, 17, new RegExp(`^shoulder-${side}`)],
      ];
    }),
  ];

  test.each([...ofFace, ...ofSides])('%s', (name, landmark, pixels, near) => {
    const { minimum, maximum } = geometryRange(name);
    const [least, greatest] = [minimum, maximum].map(
      (value) => avatarLandmarks(plainAvatar({ [name]: value }).geometry, { resolution: 256 }).points,
    );
    landmarkNames.forEach((other, i) => {
      const way = Math.hypot(least![2 * i]! - greatest![2 * i]!, least![2 * i + 1]! - greatest![2 * i + 1]!);
      if (other === landmark) expect(way).toBeGreaterThan(pixels);
      else if (!near.test(other)) expect(way, other).toBeLessThan(1e-3);
    });
  });

  test('all pairs are among them', () => {
    const tested = new Set(ofSides.map(([name]) => name));
    expect(geometryNames.filter((name) => /(Left|Right)$/.test(name) && !tested.has(name))).toEqual([]);
  });
});

test('the mouth lies inside of its face, and no brow on an eye', () => {
  const outline = new Float64Array(4);
  const face = new Float64Array(2);
  let brows = 0;
  for (const { geometry } of drawAvatars(500, 25)) {
    const h = createShape(geometry);
    const { points } = avatarLandmarks(geometry, { resolution: size });
    for (const i of landmarkGroups.mouth) {
      const { x, y } = pictureToHead(h, (points[2 * i]! + 0.5) / size, (points[2 * i + 1]! + 0.5) / size);
      headToFace(h, x, y, face);
      expect(faceOutline(h, face[0]!, face[1]!, outline), landmarkNames[i]).toBeLessThan(-0.05);
    }
    for (const side of ['left', 'right']) {
      const [brow, lid] = [`brow-${side}-2`, `eye-${side}-upper-inner`].map(
        (name) => points[2 * landmarkNames.indexOf(name) + 1]!,
      );
      if (brow! > lid!) brows++;
    }
  }
  expect(brows).toBe(0);
});

test('a picture twice as large has landmarks twice as far: (x + 0.5) scales', () => {
  const { geometry } = drawAvatars(1, 23)[0]!;
  const small = avatarLandmarks(geometry, { resolution: 64 }).points;
  const large = avatarLandmarks(geometry, { resolution: 128 }).points;
  small.forEach((value, i) => {
    expect(large[i]! + 0.5).toBeCloseTo(2 * (value + 0.5), 3);
  });
});

test('visibility: a fringe hides brows, long hair hides no mouth', () => {
  const low = avatarLandmarks(plainAvatar({ fringe: 0.31, ...bothSides('browHeight', 0.38) }).geometry);
  const high = avatarLandmarks(plainAvatar({ fringe: 0.03, ...bothSides('browHeight', 0.24) }).geometry);
  const seen = (result: typeof low, prefix: string) =>
    result.names.filter((name, i) => name.startsWith(prefix) && result.visible[i]).length;
  expect(seen(high, 'brow')).toBe(10);
  expect(seen(low, 'brow')).toBeLessThan(8);
  expect([seen(low, 'mouth'), seen(high, 'mouth')]).toEqual([21, 21]);
});

test('errors', () => {
  const { geometry } = plainAvatar();
  expect(() => avatarLandmarks({ ...geometry, chin: Number.POSITIVE_INFINITY })).toThrow(InvalidArgumentError);
  expect(() => avatarLandmarks({ ...geometry, chin: Number.NaN })).toThrow('avatarLandmarks: geometry.chin: expected');
  expect(() => avatarLandmarks(geometry, { resolution: -1 })).toThrow(
    'avatarLandmarks: resolution: expected an integer from 4 to 4096, got -1',
  );
});
