import { createRandom } from '@autodrag/nn';
import { expect, it } from 'vitest';
import { pictureSharpness } from './picture-sharpness.js';

const side = 16;
const noise = (seed: number) => {
  const random = createRandom(seed);
  return Float32Array.from({ length: side * side * 3 }, () => 0.3 * random.normal());
};
const everywhere = [{ x0: 0, y0: 0, x1: side - 1, y1: side - 1 }];
const half = [{ x0: 0, y0: 0, x1: 7, y1: side - 1 }];

it('the picture itself is as crisp and all in place', () => {
  const x = noise(1);
  const found = pictureSharpness(x, x, { side, boxes: half });
  expect(found.gradients).toBe(1);
  expect(found.gradientsInParts).toBe(1);
  expect(found.correlationInParts).toBeCloseTo(1, 6);
  expect(found.l1InParts).toBe(0);
});

it('half the contrast is half as crisp and still in place', () => {
  const x = noise(2);
  const found = pictureSharpness(
    x.map((value) => value / 2),
    x,
    { side, boxes: half },
  );
  expect(found.gradients).toBeCloseTo(0.5, 6);
  expect(found.gradientsInParts).toBeCloseTo(0.5, 6);
  expect(found.correlationInParts).toBeCloseTo(1, 6);
});

it('another picture is as crisp and nothing is in place', () => {
  const found = pictureSharpness(noise(3), noise(4), { side, boxes: everywhere });
  expect(found.gradients).toBeCloseTo(1, 0);
  expect(Math.abs(found.correlationInParts)).toBeLessThan(0.15);
});

it('the boxes alone decide what is theirs', () => {
  const x = noise(5);
  const changed = x.map((value, i) => (Math.floor(i / 3) % side < 8 ? value : 0)); // flat outside of the box
  const found = pictureSharpness(changed, x, { side, boxes: [{ x0: 0, y0: 0, x1: 6, y1: 14 }] });
  expect(found.gradientsInParts).toBe(1);
  expect(found.l1InParts).toBe(0);
  expect(found.gradients).toBeLessThan(0.7);
});

it('by hand: one bright pixel against none', () => {
  const reference = new Float32Array(4 * 4 * 3);
  const image = reference.slice();
  for (const channel of [0, 1, 2]) image[(1 * 4 + 1) * 3 + channel] = 1;
  const found = pictureSharpness(image, reference, { side: 4, boxes: [{ x0: -5, y0: -5, x1: 1, y1: 1 }] });
  expect(found.l1InParts).toBe(0.25);
  expect(found.correlationInParts).toBe(0);
});
