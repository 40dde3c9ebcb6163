import { checkDomain } from '@autodrag/rendered-domain';
import { expect, test } from 'vitest';
import { drawLatents } from '../test/cars.js';
import { carDomain } from './car-domain.js';

test('is a domain', () => {
  expect(() => checkDomain('test', carDomain)).not.toThrow();
});

test('geometry comes from one latent and looks from the other', () => {
  const [shape, colour] = drawLatents(2, 9) as [Float32Array, Float32Array];
  const mixed = shape.map((value, i) => (i < carDomain.geometryDimensions ? value : colour[i]!));
  const options = { resolution: 32 };
  expect(carDomain.render(shape, colour, options)).toEqual(carDomain.render(mixed, mixed, options));
  expect(carDomain.landmarks(shape, options)).toEqual(carDomain.landmarks(mixed, options));
});

test('parts hold wheels, windows and lights, and the subject is about the car', () => {
  for (const z of drawLatents(40, 10)) {
    const { points } = carDomain.landmarks(z, { resolution: 128 });
    const point = (name: string) => {
      const i = carDomain.landmarkNames.indexOf(name);
      return [points[2 * i]!, points[2 * i + 1]!] as const;
    };
    const boxes = carDomain.parts(z, { resolution: 128 });
    ['wheel-rear', 'wheel-front', 'pillar-low', 'headlight-low', 'taillight-top'].forEach((name, i) => {
      const [x, y] = point(name);
      const { x0, x1, y0, y1 } = boxes[i]!;
      expect(x > x0 && x < x1 && y > y0 && y < y1, name).toBe(true);
    });
    const { x, y, width, height } = carDomain.subject(z);
    for (const name of ['bumper-front', 'bumper-rear', 'roof-middle', 'sill-middle']) {
      const [px, py] = point(name);
      expect(Math.abs(px / 128 - x) / width, name).toBeLessThan(1.6);
      expect(Math.abs(py / 128 - y) / height, name).toBeLessThan(1.6);
    }
  }
});
