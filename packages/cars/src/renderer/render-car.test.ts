import { InvalidArgumentError } from '@autodrag/nn';
import { describe, expect, test } from 'vitest';
import { drawCars, drawLatents, extremeCars, plainCar } from '../../test/cars.js';
import { carFromLatent } from './parameters.js';
import { renderCar } from './render-car.js';

describe('the picture', () => {
  test('is the same every time', () => {
    for (const car of drawCars(3, 1)) expect(renderCar(car).pixels).toEqual(renderCar(car).pixels);
  });

  test('stays in [-1, 1] at every extreme', () => {
    for (const car of [...extremeCars(), ...drawCars(20, 5)]) {
      const { pixels } = renderCar(car, { resolution: 48 });
      expect(pixels.every((value) => value >= -1 && value <= 1)).toBe(true);
    }
  });

  test('is the same at every resolution, up to averaging', () => {
    const limits = { 16: 0.05, 32: 0.03, 64: 0.015 } as const;
    for (const small of [16, 32, 64] as const) {
      let error = 0;
      const cars = drawCars(6, 2);
      for (const car of cars) {
        const averaged = renderCar(car, { resolution: small, supersampling: 128 / small === 2 ? 2 : 4 }).pixels;
        renderCar(car, { resolution: small }).pixels.forEach((value, i) => {
          error += Math.abs(value - averaged[i]!) / averaged.length / cars.length;
        });
      }
      expect(error, `${small}`).toBeLessThan(limits[small]);
    }
  });

  test('changes little when the latent changes little', () => {
    const step = 1e-3;
    const directions = drawLatents(12, 8);
    drawLatents(12, 7).forEach((z, k) => {
      const near = z.map((value, i) => value + step * directions[k]![i]!);
      for (const resolution of [16, 64]) {
        const a = renderCar(carFromLatent(z), { resolution }).pixels;
        const b = renderCar(carFromLatent(near), { resolution }).pixels;
        const differences = a.map((value, i) => Math.abs(value - b[i]!));
        expect(differences.reduce((sum, value) => sum + value, 0) / a.length).toBeLessThan(step);
        expect(Math.max(...differences)).toBeLessThan(0.15);
      }
    });
  });

  test('a crop is that part of the whole picture', () => {
    const car = drawCars(1, 6)[0]!;
    const crop = { x: 13, y: 29, width: 30, height: 21 };
    for (const supersampling of [1, 2]) {
      const whole = renderCar(car, { resolution: 64, supersampling }).pixels;
      const { pixels } = renderCar(car, { resolution: 64, supersampling, crop });
      expect(pixels.length).toBe(30 * 21 * 3);
      pixels.forEach((value, o) => {
        const [x, y] = [crop.x + (Math.floor(o / 3) % 30), crop.y + Math.floor(o / 90)];
        expect(value).toBe(whole[(y * 64 + x) * 3 + (o % 3)]);
      });
    }
  });

  test('has texture that a corner detector can hold on to', () => {
    for (const car of drawCars(8, 11)) expect(corners(renderCar(car).pixels, 128)).toBeGreaterThan(150);
  });
});

describe('errors', () => {
  const car = plainCar();
  test('of options and parameters are named', () => {
    expect(() => renderCar(car, { resolution: 0 })).toThrow(InvalidArgumentError);
    expect(() => renderCar(car, { resolution: 0 })).toThrow(
      'renderCar: resolution: expected an integer from 4 to 4096',
    );
    expect(() => renderCar(plainCar({ scale: 3 }))).toThrow('renderCar: geometry.scale: expected a number');
    expect(() => renderCar(plainCar({}, { light: 7 }))).toThrow('renderCar: appearance.light: expected');
    expect(() => renderCar({ geometry: car.geometry } as never)).toThrow(
      'renderCar: appearance.paintLightness: expected a number from -1.5 to 1.5, got undefined',
    );
    expect(() => renderCar(undefined as never)).toThrow('renderCar: geometry.carX');
  });
});

/** Pixels whose Harris response (3x3 sums of gradients) is clear of noise. */
function corners(pixels: Float32Array, size: number): number {
  const grey = Float32Array.from({ length: size * size }, (_, i) => pixels[3 * i + 1]!);
  let count = 0;
  for (let y = 2; y < size - 2; y++) {
    for (let x = 2; x < size - 2; x++) {
      let [xx, yy, xy] = [0, 0, 0];
      for (let j = -1; j <= 1; j++) {
        for (let i = -1; i <= 1; i++) {
          const o = (y + j) * size + x + i;
          const gx = grey[o + 1]! - grey[o - 1]!;
          const gy = grey[o + size]! - grey[o - size]!;
          xx += gx * gx;
          yy += gy * gy;
          xy += gx * gy;
        }
      }
      if (0.5 * (xx + yy - Math.sqrt((xx - yy) ** 2 + 4 * xy * xy)) > 0.05) count++;
    }
  }
  return count;
}
