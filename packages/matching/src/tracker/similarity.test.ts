import { createRandom } from '@autodrag/nn';
import { expect, test } from 'vitest';
import { createSimilarities, sampleFeatures } from './similarity.js';

test('the cosine at a place is that of the features sampled there, inside, between cells and at the edges', () => {
  for (const [rows, columns, channels] of [
    [4, 6, 5],
    [1, 1, 3],
    [2, 1, 4],
    [1, 5, 2],
    [2, 2, 3],
  ] as const) {
    const random = createRandom(rows * 10 + columns);
    const map = {
      rows,
      columns,
      channels,
      data: Float32Array.from({ length: rows * columns * channels }, () => random.normal() + 2),
    };
    const mean = Float32Array.from({ length: channels }, () => 2 + 0.1 * random.normal());
    const size = { width: 30, height: 20 };
    const other = sampleFeatures(map, mean, { x: 2, y: 3 }, size);
    const wanted = sampleFeatures(map, mean, { x: 11, y: 7.5 }, size);
    const cosine = createSimilarities(map, mean, [other, wanted], size)[1]!;
    expect(cosine.at(11, 7.5)).toBeCloseTo(1, 5);
    for (let i = 0; i < 200; i++) {
      const place = { x: -2 + 34 * random.uniform(), y: -2 + 24 * random.uniform() };
      const expected = sampleFeatures(map, mean, place, size).reduce((sum, value, c) => sum + value * wanted[c]!, 0);
      expect(cosine.at(place.x, place.y)).toBeCloseTo(expected, 4);
    }
    for (const step of [0.3, 1, 5.5]) {
      const line = (length: number) => Float64Array.from({ length: 9 }, (_, i) => (i - 2.5) * step + length / 3);
      const [xs, ys] = [line(30), line(20).slice(2)];
      const sums = new Float64Array(xs.length * ys.length).fill(10);
      cosine.addGrid(xs, ys, sums);
      ys.forEach((y, j) => {
        for (const [i, x] of xs.entries()) expect(sums[j * xs.length + i]).toBeCloseTo(10 + cosine.at(x, y), 6);
      });
    }
  }
});
