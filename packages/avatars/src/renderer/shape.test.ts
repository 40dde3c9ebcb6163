import { createRandom } from '@autodrag/nn';
import { expect, test } from 'vitest';
import { drawAvatars } from '../../test/avatars.js';
import {
  backOutline,
  bodyOutline,
  createShape,
  faceOutline,
  faceX,
  hairOutline,
  noseAcross,
  noseAlong,
  skinX,
} from './shape.js';

const random = createRandom(41);
const between = (low: number, high: number): number => low + (high - low) * random.uniform();
const shapes = drawAvatars(60, 42).map(({ geometry }) => createShape(geometry));

test.each([
  ['face', faceOutline, [-1, 1], [-1, 1]],
  ['hair', hairOutline, [-1, 1], [-1.2, 0.8]],
  ['hair behind', backOutline, [-1.2, 1.2], [-1, 1.5]],
  ['body', bodyOutline, [0.1, 0.9], [0.75, 1]],
] as const)('the gradient of the outline of the %s is its difference quotient', (_, outline, [x0, x1], [y0, y1]) => {
  const step = 1e-6;
  const [gradient, unused] = [new Float64Array(4), new Float64Array(4)];
  for (const h of shapes) {
    for (let k = 0; k < 20; k++) {
      const [x, y] = [between(x0, x1), between(y0, y1)];
      outline(h, x, y, gradient);
      const fx = (outline(h, x + step, y, unused) - outline(h, x - step, y, unused)) / (2 * step);
      const fy = (outline(h, x, y + step, unused) - outline(h, x, y - step, unused)) / (2 * step);
      expect(Math.hypot(fx - gradient[2]!, fy - gradient[3]!)).toBeLessThan(1e-6 * (1 + Math.hypot(fx, fy)));
    }
  }
});

test('skin and nose find their points again', () => {
  for (const h of shapes) {
    for (let k = 0; k < 20; k++) {
      const [X, Y, r] = [between(-1, 1), between(-1, 1.2), between(-4, 2)];
      expect(faceX(h, skinX(h, X, Y), Y)).toBeCloseTo(X, 12);
      expect(noseAcross(h, noseAlong(h, r))).toBeCloseTo(r, 12);
    }
    expect(noseAlong(h, -h.noseLift)).toBeCloseTo(0, 12);
  }
});
