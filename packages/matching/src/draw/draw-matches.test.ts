import { describe, expect, it } from 'vitest';
import { drawMatches } from './draw-matches.js';

const grey = (width: number, height: number, value: number) => ({
  data: new Uint8Array(width * height).fill(value),
  width,
  height,
});
const matches = (points: [number, number, number, number][]) => ({
  pointsA: Float32Array.from(points.flatMap(([x, y]) => [x, y])),
  pointsB: Float32Array.from(points.flatMap(([, , x, y]) => [x, y])),
  scores: new Float32Array(points.length).fill(1),
  count: points.length,
});

describe('drawMatches', () => {
  it('puts the images side by side and draws between the right pixels', async () => {
    const picture = await drawMatches(grey(10, 8, 40), grey(12, 6, 90), matches([[4, 3, 7, 3]]), { minSize: 0 });
    expect([picture.width, picture.height]).toEqual([22, 8]);
    const at = (x: number, y: number) => [...picture.data.slice((y * 22 + x) * 4, (y * 22 + x) * 4 + 4)];
    expect(at(0, 0)).toEqual([40, 40, 40, 255]);
    expect(at(21, 0)).toEqual([90, 90, 90, 255]);
    expect(at(21, 7)).toEqual([0, 0, 0, 255]); // below the smaller image
    for (const x of [4, 10, 17]) expect(at(x, 3)).not.toEqual(at(0, 0)); // on the line
    expect(at(20, 3)).toEqual([90, 90, 90, 255]); // beyond its end
    expect(at(10, 0)).toEqual([90, 90, 90, 255]);
  });

  it('enlarges small images, and spreads the lines that it draws', async () => {
    const points = Array.from(
      { length: 100 },
      (_, k) => [k % 10, Math.floor(k / 10), 5, 5] as [number, number, number, number],
    );
    const picture = await drawMatches(grey(10, 10, 0), grey(10, 10, 0), matches(points), { minSize: 40, maxLines: 4 });
    expect([picture.width, picture.height]).toEqual([80, 40]);
    expect(picture.data.some((value, k) => k % 4 !== 3 && value > 0)).toBe(true);
    const none = await drawMatches(grey(10, 10, 0), grey(10, 10, 0), matches(points), { minSize: 40, maxLines: 0 });
    expect(none.data.some((value, k) => k % 4 !== 3 && value > 0)).toBe(false);
  });

  it('does not mind points outside, and names bad options', async () => {
    await drawMatches(grey(4, 4, 0), grey(4, 4, 0), matches([[-50, 2, 400, 1e4]]), { minSize: 0 });
    await expect(drawMatches(grey(4, 4, 0), grey(4, 4, 0), matches([]), { lineWidth: 0 })).rejects.toThrow('lineWidth');
    await expect(
      drawMatches(grey(4, 5, 0), { data: new Uint8Array(3), width: 4, height: 4 }, matches([])),
    ).rejects.toThrow('drawMatches: b: 4 x 4 needs 1, 3 or 4 bytes a pixel, got 3 bytes');
  });
});
