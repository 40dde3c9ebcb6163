import { InvalidArgumentError } from '@autodrag/nn';
import { expect, test } from 'vitest';
import { drawLatents } from '../../../test/avatars.js';
import { appearanceDimensions, appearanceNames, geometryNames, geometryRange } from '../parameters.js';
import {
  appearanceFromLatent,
  avatarFromLatent,
  geometryDimensions,
  geometryFromLatent,
  latentDimensions,
} from './plain-layout.js';

test('geometry and appearance fit into one latent', () => {
  expect([geometryDimensions, appearanceDimensions, latentDimensions]).toEqual([28, 28, 64]);
});

test('the zero latent gives the middle of every range', () => {
  const { geometry, appearance } = avatarFromLatent(new Float32Array(64));
  expect(geometry.headX).toBe(0.5);
  expect(geometry.yaw).toBe(0);
  for (const name of appearanceNames) expect(appearance[name]).toBe(0);
});

test('a value is middle + amplitude tanh(0.9 z)', () => {
  const z = new Float32Array(64);
  z[3] = 1.5;
  z[geometryDimensions + 1] = -0.5;
  expect(geometryFromLatent(z).yaw).toBeCloseTo(0.62 * Math.tanh(1.35), 12);
  expect(appearanceFromLatent(z).skinWarmth).toBeCloseTo(-Math.tanh(0.45), 12);
});

test('sides are alike, and what has no value of its own rests at its middle', () => {
  const resting = [
    'jawX',
    'cheekLeft',
    'eyeHeightRight',
    'browCurveLeft',
    'noseX',
    'noseLift',
    'mouthX',
    'mouthY',
  ] as const;
  for (const z of drawLatents(10, 3)) {
    const geometry = geometryFromLatent(z);
    for (const left of geometryNames.filter((name) => name.endsWith('Left'))) {
      expect(geometry[left]).toBe(geometry[left.replace('Left', 'Right') as typeof left]);
    }
    for (const name of resting) expect(geometry[name]).toBe(name === 'browCurveLeft' ? 0.055 : 0);
  }
});

test('all geometry stays in its range, and only the first latent entries matter to it', () => {
  for (const z of drawLatents(50, 1)) {
    const geometry = geometryFromLatent(z);
    expect(Object.keys(geometry).sort()).toEqual([...geometryNames].sort());
    for (const name of geometryNames) {
      const { minimum, maximum } = geometryRange(name);
      expect(geometry[name]).toBeGreaterThanOrEqual(minimum);
      expect(geometry[name]).toBeLessThanOrEqual(maximum);
    }
    expect(geometryFromLatent(z.map((value, i) => (i < geometryDimensions ? value : 0)))).toEqual(geometry);
    expect(appearanceFromLatent(z.map((value, i) => (i < geometryDimensions ? 0 : value)))).toEqual(
      appearanceFromLatent(z),
    );
  }
});

test('bad latents are named', () => {
  expect(() => avatarFromLatent(new Float32Array(512))).toThrow(InvalidArgumentError);
  expect(() => avatarFromLatent(new Float32Array(512))).toThrow('avatarFromLatent: z: expected 64 numbers, got 512');
  expect(() => geometryFromLatent(null as never)).toThrow('geometryFromLatent: z: expected 64 numbers, got null');
  const z = new Float32Array(64);
  z[7] = Number.NaN;
  expect(() => appearanceFromLatent(z)).toThrow('appearanceFromLatent: z[7]: expected a finite number, got NaN');
});
