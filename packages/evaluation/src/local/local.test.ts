import { avatarDomain } from '@autodrag/avatars';
import { createRandom } from '@autodrag/nn';
import { describe, expect, it } from 'vitest';
import { domainGeometry, type GeometryModel } from './geometry-model.js';
import { leastChange } from './least-change.js';
import { localTask } from './local-task.js';

/** Two landmarks: both move with z_0 to the right, the second also with z_1, ten pixels each. */
const pair: GeometryModel = {
  dimensions: 2,
  count: 2,
  locate: (z) => ({
    points: [20 + 10 * z[0]!, 50, 80 + 10 * z[0]! + 10 * z[1]!, 50],
    visible: [1, 1],
  }),
};
const zeros = (n: number) => new Float64Array(n);

describe('the least change', () => {
  it('shares a motion between what can make it, as the pseudoinverse does', () => {
    const { z, distances } = leastChange(pair, zeros(2), zeros(2), [{ landmark: 1, x: 90, y: 50, weight: 1e6 }]);
    expect(z[0]).toBeCloseTo(0.5, 3);
    expect(z[1]).toBeCloseTo(0.5, 3);
    expect(distances[0]).toBeLessThan(1e-3);
  });

  it('holds an anchor, and says what is missing where that cannot be', () => {
    const anchored = leastChange(pair, zeros(2), zeros(2), [
      { landmark: 1, x: 90, y: 50, weight: 1e6 },
      { landmark: 0, x: 20, y: 50, weight: 1e6 },
    ]);
    expect(anchored.z[0]).toBeCloseTo(0, 3);
    expect(anchored.z[1]).toBeCloseTo(1, 3);
    const beyond = leastChange(pair, zeros(2), zeros(2), [{ landmark: 0, x: 60, y: 50, weight: 1e6 }]);
    expect(beyond.z[0]).toBe(2.5); // the bound
    expect(beyond.distances[0]).toBeCloseTo(15, 6);
  });

  it('finds the geometry of an avatar from its landmarks', () => {
    const model = domainGeometry(avatarDomain, 128);
    const random = createRandom(1);
    const truth = Float64Array.from({ length: model.dimensions }, () => 0.7 * random.normal());
    const { points } = model.locate(truth);
    const wishes = Array.from({ length: model.count }, (_, i) => ({
      landmark: i,
      x: points[2 * i]!,
      y: points[2 * i + 1]!,
      weight: 100,
    }));
    const { distances } = leastChange(model, zeros(model.dimensions), zeros(model.dimensions), wishes);
    expect(Math.max(...distances)).toBeLessThan(0.5);
  });
});

describe('a local task', () => {
  const options = { anchors: 1, length: 5, anchorDistance: 20, size: 128 };

  it('says how far the rest moves at the least', () => {
    const random = createRandom(2);
    const found = Array.from({ length: 60 }, () => localTask(random, pair, zeros(2), { ...options, anchors: 0 }));
    const tasks = found.filter((task) => task !== null);
    // Only ways to the right and left, within a twentieth, have a solution; the first landmark takes the second along
    // all the way.
    for (const { landmark, dx, dy, optimum } of tasks) {
      expect(Math.abs(dy)).toBeLessThan(0.051 * Math.hypot(dx, dy));
      expect(optimum.rest / Math.abs(dx)).toBeCloseTo(landmark === 0 ? 1 : 0.5, 2);
    }
    expect(tasks.length).toBeGreaterThan(0);
    expect(tasks.length).toBeLessThan(20);
  });

  it('of avatars: anchors are far from the landmark and hold in the solution, and some hard tasks have none', () => {
    const model = domainGeometry(avatarDomain, 128);
    const random = createRandom(3);
    let [solved, hard] = [0, 0];
    for (let i = 0; i < 12; i++) {
      const z = Float64Array.from({ length: model.dimensions }, () => 0.7 * random.normal());
      if (localTask(random, model, z, { ...options, anchors: 4, length: 14 })) hard++;
      const task = localTask(random, model, z, options);
      if (!task) continue;
      solved++;
      const { points } = model.locate(z);
      const [anchor] = task.anchors as [number];
      const apart = Math.hypot(
        points[2 * anchor]! - points[2 * task.landmark]!,
        points[2 * anchor + 1]! - points[2 * task.landmark + 1]!,
      );
      expect(apart).toBeGreaterThanOrEqual(20);
      expect(task.optimum.remaining).toBeLessThan(0.25);
      expect(task.optimum.slip).toBeLessThan(0.003 * 128);
      expect(task.optimum.rest).toBeGreaterThan(0);
    }
    expect(solved).toBeGreaterThan(6);
    expect(hard).toBeGreaterThan(0);
    expect(hard).toBeLessThan(solved);
  });
});
