import { createRandom } from '@autodrag/nn';
import { expect, test } from 'vitest';
import { createSimilarity, sampleFeatures } from './similarity.js';

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
    const similarity = createSimilarity(map, mean, size);
    const wanted = sampleFeatures(map, mean, { x: 11, y: 7.5 }, size);
    const cosine = similarity(wanted);
    expect(cosine({ x: 11, y: 7.5 })).toBeCloseTo(1, 5);
    for (let i = 0; i < 200; i++) {
      const place = { x: -2 + 34 * random.uniform(), y: -2 + 24 * random.uniform() };
      const expected = sampleFeatures(map, mean, place, size).reduce((sum, value, c) => sum + value * wanted[c]!, 0);
      expect(cosine(place)).toBeCloseTo(expected, 4);
    }
  }
});
