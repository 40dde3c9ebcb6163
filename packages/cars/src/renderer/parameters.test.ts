import { InvalidArgumentError } from '@autodrag/nn';
import { expect, test } from 'vitest';
import { drawLatents } from '../../test/cars.js';
import {
  appearanceDimensions,
  appearanceFromLatent,
  appearanceNames,
  carFromLatent,
  geometryDimensions,
  geometryFromLatent,
  geometryNames,
  geometryRange,
  latentDimensions,
} from './parameters.js';

test('geometry and appearance fit into one latent', () => {
  expect(geometryDimensions + appearanceDimensions).toBeLessThanOrEqual(latentDimensions);
  expect(new Set([...geometryNames, ...appearanceNames]).size).toBe(geometryDimensions + appearanceDimensions);
});

test('a value is middle + reach tanh(0.9 z)', () => {
  const z = new Float32Array(latentDimensions);
  z[geometryNames.indexOf('tilt')] = 1.5;
  z[geometryDimensions + 1] = -0.5;
  expect(geometryFromLatent(z).tilt).toBeCloseTo(0.11 * Math.tanh(1.35), 12);
  expect(appearanceFromLatent(z).paintRed).toBeCloseTo(-Math.tanh(0.45), 12);
});

test('all geometry stays in its range, and only the first latent entries matter to it', () => {
  for (const z of drawLatents(50, 1)) {
    const geometry = geometryFromLatent(z);
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
  expect(() => carFromLatent(new Float32Array(64))).toThrow(InvalidArgumentError);
  expect(() => carFromLatent(new Float32Array(64))).toThrow('carFromLatent: z: expected 72 numbers, got 64');
  expect(() => geometryFromLatent(null as never)).toThrow('geometryFromLatent: z: expected 72 numbers, got null');
  const z = new Float32Array(72);
  z[7] = Number.NaN;
  expect(() => appearanceFromLatent(z)).toThrow('appearanceFromLatent: z[7]: expected a finite number, got NaN');
  expect(() => geometryRange('wings' as never)).toThrow(
    'geometryRange: name: expected one of geometryNames, got wings',
  );
});
