import '@tensorflow/tfjs';
import { createRandom } from '@autodrag/nn';
import { createHost } from '@autodrag/nn/host';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { tinyConfig, tinyParameters } from '../test/tiny.js';
import type { LatentPredictorConfig } from './config.js';
import { encodeMemory } from './encode-memory.js';
import { createEncoderOnHost } from './encode-on-host.js';
import { packPoints } from './pack-points.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const cases: [string, Partial<LatentPredictorConfig>, number][] = [
  ['one point', {}, 1],
  ['points inside, at the borders and beyond them', {}, 6],
  ['a map that is not square', { featureResolution: [8, 16], imageResolution: [16, 32], memoryGrid: 4 }, 3],
  ['a map as small as the grid', { featureResolution: 8, memoryGrid: 8 }, 2],
  ['several halvings, and another patch', { featureResolution: 16, memoryGrid: 2, patchSize: 3 }, 2],
];

for (const [name, overrides, count] of cases) {
  it(`gives the tokens of encodeMemory: ${name}`, async () => {
    const config = tinyConfig(overrides);
    const parameters = tinyParameters(config);
    const random = createRandom(7);
    const [height, width] = [config.featureResolution, config.imageResolution].map((size) =>
      typeof size === 'number' ? [size, size] : size,
    ) as [number[], number[]];
    const features = random.normalTensor([1, height[0]!, height[1]!, config.featureChannels]) as tf.Tensor4D;
    const place = () => ({
      x: (1.3 * random.uniform() - 0.15) * width[1]!,
      y: (1.3 * random.uniform() - 0.15) * width[0]!,
    });
    const points = Array.from({ length: count }, () => ({ handle: place(), target: place() }));
    const { handles, targets } = packPoints([points]);
    const { tokens } = encodeMemory(parameters, config, { features, handles, targets });
    const before = tf.memory().numTensors;
    const encoder = await createEncoderOnHost(createHost()!, { parameters, config });
    expect(tf.memory().numTensors).toBe(before);
    const scene = encoder.scene(features.dataSync() as Float32Array);
    const [got, again] = [encoder.encode(scene, points), encoder.encode(scene, points)];
    expect(got.length).toBe(tokens.size);
    expect(again).toEqual(got);
    const expected = tokens.dataSync();
    for (const [i, value] of expected.entries()) expect(got[i]).toBeCloseTo(value, 4);
    const alone = encoder.encode(scene, []);
    expect(alone.length).toBe(scene.grid.length);
    expect(Math.max(...alone.map((value, i) => Math.abs(value - got[i]!)))).toBeGreaterThan(1e-3);
  });
}
