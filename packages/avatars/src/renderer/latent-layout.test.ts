import { InvalidArgumentError } from '@autodrag/nn';
import { expect, test } from 'vitest';
import { drawLatents } from '../../test/avatars.js';
import {
  appearanceFromLatent,
  avatarFromLatent,
  geometryDimensions,
  geometryFromLatent,
  latentDimensions,
} from './latent-layout.js';
import { geometryNames, geometryRange } from './parameters.js';

test('52 values of geometry, then 28 of appearance', () => {
  expect([geometryDimensions, latentDimensions]).toEqual([52, 80]);
  const z = new Float32Array(80);
  z[geometryNames.indexOf('jawX')] = 1.5;
  z[52 + 1] = -0.5;
  expect(geometryFromLatent(z).jawX).toBeCloseTo(0.095 * Math.tanh(1.35), 12);
  expect(appearanceFromLatent(z).skinWarmth).toBeCloseTo(-Math.tanh(0.45), 12);
});

test('the head as a whole wanders three quarters of its range', () => {
  const { yaw } = geometryFromLatent(new Float32Array(80).fill(9));
  expect(yaw).toBeCloseTo(0.75 * geometryRange('yaw').maximum, 6);
});

test('the first value of a pair moves both sides alike, the second sets them apart', () => {
  const i = geometryNames.indexOf('cheekLeft');
  const z = new Float32Array(80);
  z[i] = 1;
  const both = geometryFromLatent(z);
  expect(both.cheekLeft).toBe(both.cheekRight);
  expect(both.cheekLeft).toBeCloseTo(0.12 * Math.tanh(0.9 * Math.sqrt(0.65)), 12);
  z[i] = 0;
  z[i + 1] = 1;
  const apart = geometryFromLatent(z);
  expect(apart.cheekLeft).toBe(-apart.cheekRight);
  expect(apart.cheekRight).toBeCloseTo(0.12 * Math.tanh(0.9 * Math.sqrt(0.35)), 12);
});

test('all geometry stays in its range, and only the first latent entries matter to it', () => {
  for (const z of [...drawLatents(50, 1), new Float32Array(80).fill(9), new Float32Array(80).fill(-9)]) {
    const { geometry } = avatarFromLatent(z);
    for (const name of geometryNames) {
      const { minimum, maximum } = geometryRange(name);
      expect(geometry[name], name).toBeGreaterThanOrEqual(minimum - 1e-12);
      expect(geometry[name], name).toBeLessThanOrEqual(maximum + 1e-12);
    }
    expect(geometryFromLatent(z.map((value, i) => (i < 52 ? value : 0)))).toEqual(geometry);
  }
});

test('bad latents are named', () => {
  expect(() => avatarFromLatent(new Float32Array(64))).toThrow(InvalidArgumentError);
  expect(() => avatarFromLatent(new Float32Array(64))).toThrow('avatarFromLatent: z: expected 80 numbers, got 64');
  expect(() => geometryFromLatent(null as never)).toThrow('geometryFromLatent: z: expected 80 numbers, got null');
  const z = new Float32Array(80);
  z[7] = Number.NaN;
  expect(() => appearanceFromLatent(z)).toThrow('appearanceFromLatent: z[7]: expected a finite number, got NaN');
});
