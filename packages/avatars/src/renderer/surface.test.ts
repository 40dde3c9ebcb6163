import { InvalidArgumentError } from '@autodrag/nn';
import { expect, test } from 'vitest';
import { drawAvatars, plainAvatar } from '../../test/avatars.js';
import { avatarLandmarks, landmarkNames } from './avatar-landmarks.js';
import type { AvatarParameters } from './parameters.js';
import { renderAvatar } from './render-avatar.js';
import { surfaceMap, surfaceParts, surfacePosition } from './surface.js';

test('every pixel finds itself again', () => {
  let pixels = 0;
  let lost = 0;
  let worst = 0;
  for (const { geometry } of drawAvatars(18, 36)) {
    const map = surfaceMap(geometry, { resolution: 48 });
    for (let o = 0; o < map.part.length; o++) {
      const point = surfacePosition(geometry, map.part[o]!, map.u[o]!, map.v[o]!, { resolution: 48 });
      pixels++;
      if (point === null) {
        lost++; // only by rounding to 32 bits on an outline
        continue;
      }
      worst = Math.max(worst, Math.abs(point.x - (o % 48)), Math.abs(point.y - Math.floor(o / 48)));
    }
  }
  expect(worst).toBeLessThan(1e-3);
  expect(lost / pixels).toBeLessThan(1e-3);
});

test('all parts are seen', () => {
  const seen = new Set<number>();
  for (const { geometry } of drawAvatars(10, 32)) for (const part of surfaceMap(geometry).part) seen.add(part);
  expect(seen.size).toBe(surfaceParts.length);
});

test('a part of the map is the part that the landmarks name', () => {
  for (const { geometry } of drawAvatars(30, 37)) {
    const { points, visible } = avatarLandmarks(geometry);
    const { part } = surfaceMap(geometry);
    for (const [name, expected] of [
      ['nose-tip', 'nose'],
      ['mouth', 'mouth'],
    ]) {
      const i = landmarkNames.indexOf(name!);
      expect(visible[i]).toBe(1);
      const o = Math.round(points[2 * i + 1]!) * 128 + Math.round(points[2 * i]!);
      expect(surfaceParts[part[o]!]).toBe(expected);
    }
  }
});

test('known motions: shifts of the head and the body, an opening mouth', () => {
  const a = plainAvatar();
  const b = plainAvatar({ headX: 0.55, shoulderShift: 0.02, mouthOpen: 0.14 });
  const position = (avatar: typeof a, part: (typeof surfaceParts)[number], u: number, v: number) =>
    surfacePosition(avatar.geometry, surfaceParts.indexOf(part), u, v)!;
  expect(position(b, 'face', 0, -0.2).x - position(a, 'face', 0, -0.2).x).toBeCloseTo(0.05 * 128, 6);
  expect(position(b, 'shirt', 0.1, 0.5).x - position(a, 'shirt', 0.1, 0.5).x).toBeCloseTo((0.6 * 0.05 + 0.02) * 128, 6);
  expect(position(b, 'mouth', 0, 1.5).y).toBeGreaterThan(position(a, 'mouth', 0, 1.5).y + 1);
  expect(surfacePosition(a.geometry, 0, 0.5, 0.5)).toBeNull(); // the background is hidden by the head
  expect(surfacePosition(a.geometry, 6, 2, 0)).toBeNull(); // beyond the face
});

test('the drawn texture moves with the surface', () => {
  const size = 192;
  const appearance = { ...drawAvatars(1, 34)[0]!.appearance, shirtChecks: 1, backgroundDots: 1, strands: 1 };
  const [a, b] = drawAvatars(2, 35).map(({ geometry }) => ({ geometry, appearance })) as [
    AvatarParameters,
    AvatarParameters,
  ];
  const before = renderAvatar(a, { resolution: size }).pixels;
  const after = renderAvatar(b, { resolution: size }).pixels;
  const map = surfaceMap(a.geometry, { resolution: size });
  const moved = new Map<string, { matched: number[]; unmoved: number[] }>();
  for (let o = 0; o < map.part.length; o += 7) {
    const point = surfacePosition(b.geometry, map.part[o]!, map.u[o]!, map.v[o]!, { resolution: size });
    if (!point) continue;
    const name = surfaceParts[map.part[o]!]!;
    const entry = moved.get(name) ?? { matched: [], unmoved: [] };
    moved.set(name, entry);
    entry.matched.push(Math.abs(before[3 * o + 1]! - sample(after, size, point.x, point.y)));
    entry.unmoved.push(Math.abs(before[3 * o + 1]! - after[3 * o + 1]!));
  }
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean(moved.get('background')!.matched)).toBeLessThan(0.01);
  for (const name of ['shirt', 'hair', 'face']) {
    const { matched, unmoved } = moved.get(name)!;
    expect(matched.length).toBeGreaterThan(30);
    expect(mean(matched), name).toBeLessThan(0.5 * mean(unmoved));
  }
});

test('errors', () => {
  const { geometry } = plainAvatar();
  expect(() => surfacePosition(geometry, 99, 0, 0)).toThrow(InvalidArgumentError);
  expect(() => surfacePosition(geometry, 99, 0, 0)).toThrow(
    'surfacePosition: part: expected an index into surfaceParts, 0 to 15, got 99',
  );
  expect(() => surfacePosition(geometry, 1, Number.NaN, 0)).toThrow('(u, v): expected finite numbers, got (NaN, 0)');
  expect(() => surfaceMap(geometry, { resolution: 5000 })).toThrow('surfaceMap: resolution: expected an integer');
  expect(() => surfaceMap({} as never)).toThrow('surfaceMap: geometry.headX: expected a number');
});

/** Bilinear sample of the green channel. */
function sample(pixels: Float32Array, size: number, x: number, y: number): number {
  const x0 = Math.min(size - 2, Math.max(0, Math.floor(x)));
  const y0 = Math.min(size - 2, Math.max(0, Math.floor(y)));
  const value = (i: number, j: number) => pixels[((y0 + j) * size + x0 + i) * 3 + 1]!;
  const [fx, fy] = [x - x0, y - y0];
  return (value(0, 0) * (1 - fx) + value(1, 0) * fx) * (1 - fy) + (value(0, 1) * (1 - fx) + value(1, 1) * fx) * fy;
}
