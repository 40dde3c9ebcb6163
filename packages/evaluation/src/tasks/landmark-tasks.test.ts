import { createAutodrag } from '@autodrag/autodrag';
import { createRandom } from '@autodrag/nn';
import { useTestBackend } from '@autodrag/nn/testing';
import { createGenerator, createStyleGan2Parameters, styleGan2Config } from '@autodrag/stylegan2';
import { beforeAll, expect, test } from 'vitest';
import type { Judge } from '../judges/judge.js';
import { landmarkTasks } from './landmark-tasks.js';

const judge: Judge = {
  name: 'rows',
  count: 9,
  error: 'none',
  five: [0, 1, 2, 3, 4],
  locate: async () => Float32Array.from({ length: 18 }, (_, i) => i),
};

beforeAll(() => useTestBackend('cpu'));

test('all landmarks are as many as a drag may have, others in each picture', async () => {
  const config = styleGan2Config({ resolution: 16, channelBase: 64, channelMax: 4, wDim: 4, zDim: 4 });
  const generator = createGenerator(config, createStyleGan2Parameters(createRandom(1), config));
  const autodrag = createAutodrag({ generator });
  const chosen = async (maxPoints: number) => {
    const all: (readonly number[])[] = [];
    const options = { points: 'all', drags: 4, minimumDistance: 0 } as const;
    const { width, height } = autodrag;
    for await (const { landmarks } of landmarkTasks({ generator, width, height, maxPoints }, judge, options)) {
      all.push(landmarks);
    }
    return all;
  };
  // a model without a predictor has no limit
  for (const landmarks of await chosen(0)) expect(landmarks).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  const some = await chosen(6);
  for (const landmarks of some) {
    expect(new Set(landmarks).size).toBe(6);
    expect(landmarks).toEqual([...landmarks].sort((a, b) => a - b));
  }
  expect(new Set(some.map(String)).size).toBeGreaterThan(1);
  expect(await chosen(6)).toEqual(some);
  autodrag.dispose();
});
