import { InvalidArgumentError } from '@autodrag/nn';
import { describe, expect, it } from 'vitest';
import { discs } from '../test/discs.js';
import { type PictureOptions, renderPicture } from './render-picture.js';

/** Red is the column, green the row, each in shares of the side. */
const ramp = (options: PictureOptions) =>
  renderPicture(
    'ramp',
    ({ size, box }, out) => {
      for (let j = box.y0, o = 0; j <= box.y1; j++) {
        for (let i = box.x0; i <= box.x1; i++, o += 3) out.set([(i + 0.5) / size, (j + 0.5) / size, 0.5], o);
      }
    },
    options,
  ).pixels;

describe('renderPicture', () => {
  it('maps [0, 1] to [-1, 1], row by row', () => {
    expect([...ramp({ resolution: 4 }).subarray(0, 6)]).toEqual([-0.75, -0.75, 0, -0.25, -0.75, 0]);
  });

  it('averages samples', () => {
    for (const supersampling of [2, 3, 8]) {
      const [plain, fine] = [ramp({ resolution: 8 }), ramp({ resolution: 8, supersampling })];
      fine.forEach((value, i) => {
        expect(value).toBeCloseTo(plain[i]!, 5);
      });
    }
  });

  it('cuts out a part, and writes where it is told to', () => {
    const whole = ramp({ resolution: 16 });
    const out = new Float32Array(3 * 2 * 3);
    expect(ramp({ resolution: 16, crop: { x: 5, y: 9, width: 3, height: 2 }, out })).toBe(out);
    expect([...out.subarray(9)]).toEqual([...whole.subarray((10 * 16 + 5) * 3, (10 * 16 + 8) * 3)]);
  });

  it.each([
    [{ resolution: 3 }, 'ramp: resolution: expected an integer from 4 to 4096, got 3.'],
    [{ supersampling: 9 }, 'ramp: supersampling: expected an integer from 1 to 8, got 9.'],
    [{ crop: { x: 0, y: 0, width: 0, height: 4 } }, 'ramp: crop: expected whole pixels within 128 x 128, got x 0'],
    [
      { resolution: 8, out: new Float32Array(3) },
      'ramp: out: expected a Float32Array of 192 values (8 x 8 x 3), got 3.',
    ],
  ])('refuses %o', (options, message) => {
    expect(() => ramp(options)).toThrow(InvalidArgumentError);
    expect(() => ramp(options)).toThrow(message);
  });
});

it('a disc is where its landmarks say', () => {
  const z = [0.4, -0.8, 0.3, 0];
  const { points } = discs.landmarks(z, { resolution: 64 });
  const { pixels } = discs.render(z, z, { resolution: 64 });
  const row = Math.round(points[1]!);
  const bright = Array.from({ length: 64 }, (_, i) => i).filter((i) => pixels[(row * 64 + i) * 3]! > 0);
  expect(Math.abs(bright[0]! - points[2]!)).toBeLessThan(1.5);
  expect(Math.abs(bright.at(-1)! - points[4]!)).toBeLessThan(1.5);
});
