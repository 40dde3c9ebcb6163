import { InvalidArgumentError } from '@autodrag/nn';
import { describe, expect, test } from 'vitest';
import { drawAvatars, plainAvatar } from '../../test/avatars.js';
import { avatarLandmarks, landmarkGroups, landmarkNames } from './avatar-landmarks.js';
import type { AppearanceName, AvatarGeometry } from './parameters.js';
import { renderAvatar } from './render-avatar.js';

const size = 384;
/** Half a pixel of a 128 picture. */
const tolerance = 1.5;

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
    plainAvatar({ hairLength: 0.2 }).geometry,
    plainAvatar({ yaw: 0.4, pitch: -0.15, headX: 0.45, eyeOpenness: 1.2, gazeX: -0.7, fringe: 0.05 }).geometry,
    plainAvatar({ yaw: -0.3, pitch: 0.2, headY: 0.5, eyeOpenness: 1.1, smile: 0.9, mouthOpen: 0.14 }).geometry,
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
    for (const hairVolume of [0.06, 0.17, 0.28]) {
      const { geometry } = plainAvatar({ hairVolume, pitch: -0.2 });
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
    const { geometry } = plainAvatar({ hairLength: 0.1, hairVolume: 0.06, earSize: 0.26 });
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
  for (const { geometry } of drawAvatars(200, 21)) {
    const { names, points } = avatarLandmarks(geometry);
    const outside = names.filter(
      (name, i) =>
        !name.startsWith('back-hair') &&
        [points[2 * i]!, points[2 * i + 1]!].some((value) => !(value >= 0 && value <= 127)),
    );
    expect(outside).toEqual([]);
  }
});

test('landmarks of two random avatars are 12 pixels of 128 apart and more, by the median', () => {
  const avatars = drawAvatars(100, 22).map(({ geometry }) => avatarLandmarks(geometry).points);
  const distances: number[] = [];
  for (let i = 0; i + 1 < avatars.length; i += 2) {
    const [a, b] = [avatars[i]!, avatars[i + 1]!];
    for (let k = 0; k < 2 * 91; k += 2) distances.push(Math.hypot(a[k]! - b[k]!, a[k + 1]! - b[k + 1]!));
  }
  distances.sort((a, b) => a - b);
  expect(distances[distances.length >> 1]).toBeGreaterThan(12);
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
  const low = avatarLandmarks(plainAvatar({ fringe: 0.31, browHeight: 0.38 }).geometry);
  const high = avatarLandmarks(plainAvatar({ fringe: 0.03, browHeight: 0.24 }).geometry);
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
