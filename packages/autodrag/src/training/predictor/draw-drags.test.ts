import type { LatentPredictorConfig } from '@autodrag/latent-predictor';
import { createRandom } from '@autodrag/nn';
import { expect, it } from 'vitest';
import { drawDrags } from './draw-drags.js';

const count = 100;
const places = Float32Array.from({ length: 2 * count }, (_, i) => (i * 37) % 128);
const motion = {
  start: new Float32Array(),
  codes: new Float32Array(),
  reach: 1,
  matches: { pointsA: places, pointsB: places.map((x) => (x + 30) % 128), scores: new Float32Array(count), count },
};

it.each([3, 16, 68])('draws no more points a drag than a predictor of %i takes', (maxPoints) => {
  const config = { maxPoints, imageResolution: 128 } as LatentPredictorConfig;
  let most = 0;
  for (let seed = 0; seed < 60; seed++) {
    const drawn = drawDrags(createRandom(seed), () => motion, { config, motions: 2, drags: 3, longOnly: false });
    expect(drawn.usable).toHaveLength(2);
    for (const { sets } of drawn.usable) {
      expect(sets).toHaveLength(3);
      for (const set of sets) expect(set.length).toBeLessThanOrEqual(drawn.cap);
      most = Math.max(most, ...sets.map((set) => set.length));
    }
  }
  expect(most).toBeLessThanOrEqual(maxPoints);
  expect(most).toBeGreaterThan(maxPoints / 2);
});
