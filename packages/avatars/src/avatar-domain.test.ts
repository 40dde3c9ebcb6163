import { createRandom } from '@autodrag/nn';
import { checkDomain, drawLatent } from '@autodrag/rendered-domain';
import { expect, it } from 'vitest';
import { avatarDomain } from './avatar-domain.js';
import { avatarLandmarks, landmarkNames } from './renderer/avatar-landmarks.js';
import { appearanceFromLatent, geometryFromLatent } from './renderer/latent-layout.js';
import { geometryNames } from './renderer/parameters.js';
import { renderAvatar } from './renderer/render-avatar.js';

const random = createRandom(5);
const [shape, colour] = [drawLatent(random, 80), drawLatent(random, 80)];

it('is a domain, and shows the avatars as their own functions do', () => {
  checkDomain('test', avatarDomain);
  const options = { resolution: 32, crop: { x: 4, y: 6, width: 16, height: 20 } };
  const avatar = { geometry: geometryFromLatent(shape), appearance: appearanceFromLatent(colour) };
  expect(avatarDomain.render(shape, colour, options).pixels).toEqual(renderAvatar(avatar, options).pixels);
  expect(avatarDomain.landmarks(shape, { resolution: 32 })).toEqual(
    avatarLandmarks(avatar.geometry, { resolution: 32 }),
  );
});

it('parts hold eyes, brows and mouth, and lie in the face', () => {
  const { points } = avatarDomain.landmarks(shape, { resolution: 128 });
  const [left, right, mouth] = avatarDomain.parts(shape, { resolution: 128 });
  const inside = (name: string, box: typeof left) => {
    const i = landmarkNames.indexOf(name);
    const [x, y] = [points[2 * i]!, points[2 * i + 1]!];
    return x > box!.x0 && x < box!.x1 && y > box!.y0 && y < box!.y1;
  };
  for (const name of ['iris-left', 'brow-left-0', 'eye-left-inner']) expect(inside(name, left), name).toBe(true);
  for (const name of ['iris-right', 'brow-right-4']) expect(inside(name, right), name).toBe(true);
  for (const name of ['mouth-corner-left', 'mouth-lower']) expect(inside(name, mouth), name).toBe(true);
  expect([inside('iris-left', right), inside('iris-right', left), inside('nose-bridge-0', mouth)]).toEqual([
    false,
    false,
    false,
  ]);
  const { x, y, width } = avatarDomain.subject(shape);
  const i = landmarkNames.indexOf('nose-bridge-0');
  expect(Math.hypot(points[2 * i]! / 128 - x, points[2 * i + 1]! / 128 - y)).toBeLessThan(width);
});

it('one brow raised moves its part alone', () => {
  const z = new Float32Array(avatarDomain.latentDimensions);
  const before = avatarDomain.parts(z, { resolution: 256 });
  // both up, and the right one down again by as much
  z[geometryNames.indexOf('browHeightLeft')] = Math.sqrt(0.35);
  z[geometryNames.indexOf('browHeightRight')] = -Math.sqrt(0.65);
  const after = avatarDomain.parts(z, { resolution: 256 });
  expect(after[0]!.y0).toBeLessThan(before[0]!.y0 - 3);
  expect(after[1]!.y0).toBeCloseTo(before[1]!.y0, 3);
  expect(after[2]).toEqual(before[2]);
});
