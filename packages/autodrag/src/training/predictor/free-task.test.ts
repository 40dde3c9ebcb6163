import { createRandom } from '@autodrag/nn';
import { expect, it } from 'vitest';
import { freeTask } from './free-task.js';

const random = createRandom(1);
const pointsA = Float32Array.from({ length: 200 }, () => 127 * random.uniform());
const matches = { pointsA, pointsB: pointsA, count: 100, scores: new Float32Array(100).fill(1) };
const options = { imageResolution: 128, most: 16 } as const;

it('asks handles to go and anchors to stay, far from every handle', () => {
  let anchored = 0;
  for (let i = 0; i < 200; i++) {
    const { pairs, weights } = freeTask(random, matches, options)!;
    const lengths = pairs.map(({ handle, target }) => Math.hypot(target.x - handle.x, target.y - handle.y));
    const handles = pairs.filter((_, k) => lengths[k]! > 0);
    expect(pairs.length).toBeLessThanOrEqual(16);
    expect(handles.length).toBeGreaterThan(0);
    expect(handles.length).toBeLessThan(4);
    for (const length of lengths.slice(0, handles.length)) {
      expect(length).toBeGreaterThan(0.02 * 128 - 1e-3);
      expect(length).toBeLessThan(0.16 * 128 + 1e-3);
    }
    for (const { handle: a } of pairs.slice(handles.length)) {
      anchored++;
      for (const { handle: h } of handles) expect(Math.hypot(a.x - h.x, a.y - h.y)).toBeGreaterThan(0.12 * 128);
    }
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    if (pairs.length > handles.length) expect(sum(weights.slice(handles.length))).toBeCloseTo(handles.length, 6);
    expect(sum(weights.slice(0, handles.length))).toBe(handles.length);
  }
  expect(anchored).toBeGreaterThan(200);
});

it('keeps to the number of points that the batch has room for, and to nothing where nothing matches', () => {
  for (let i = 0; i < 20; i++) expect(freeTask(random, matches, { ...options, most: 1 })!.pairs).toHaveLength(1);
  expect(freeTask(random, { ...matches, count: 0 }, options)).toBeNull();
});
