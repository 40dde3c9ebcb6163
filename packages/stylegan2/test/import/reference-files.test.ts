import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { importStyleGan2 } from '../../src/import/index.js';
import { createGenerator } from '../../src/index.js';
import { largestDifference, readFixture } from '../fixtures.js';

const cases = [
  { name: 'ada-64', kind: 'nvidia-pytorch', clamp: 256, layers: 8, w: 'ws_seed0_psi0.7' },
  { name: 'ada-128-paper', kind: 'nvidia-pytorch', clamp: null, layers: 2, w: 'ws_seed0_psi0.7' },
  { name: 'rosinality-64', kind: 'rosinality', clamp: null, layers: 8, w: 'w_seed0_psi0.7' },
];

describe.each(cases)('importStyleGan2: $name', ({ name, kind, clamp, layers, w }) => {
  const reference = readFixture(name);
  beforeAll(() => tf.setBackend('cpu'));

  it('gives the reference program its codes, features and image', async () => {
    const imported = await importStyleGan2(reference.weights());
    expect(imported.kind).toBe(kind);
    expect(imported.warnings).toEqual([]);
    expect(imported.config.convClamp).toBe(clamp);
    expect(imported.config.mappingLayers).toBe(layers);
    expect(imported.config.channels).toBeNull();

    const generator = createGenerator(imported.config, imported.parameters);
    const z = reference.array('z_seed0');
    const expected = reference.array(w);
    const ws = generator.mapping(tf.tensor2d(z.data, z.shape as [number, number]), { truncationPsi: 0.7 });
    const actual = name === 'rosinality-64' ? tf.slice(ws, [0, 0, 0], [1, 1, -1]) : ws;
    const limits = reference.manifest.suggestedMaxAbs;
    expect(largestDifference(await actual.data(), expected.data)).toBeLessThan(limits.ws ?? limits.w ?? 0);

    const { features, image } = generator.features(ws, [4, 8, 16], { image: true });
    for (const resolution of [4, 8, 16]) {
      const block = tf.transpose(features[resolution] as tf.Tensor4D, [0, 3, 1, 2]);
      const difference = largestDifference(await block.data(), reference.array(`feat_b${resolution}`).data);
      expect(difference, `b${resolution}`).toBeLessThan(limits.features);
    }
    const nchw = tf.transpose(image as tf.Tensor4D, [0, 3, 1, 2]);
    const picture = reference.array('image_seed0_psi0.7_const');
    expect(largestDifference(await nchw.data(), picture.data)).toBeLessThan(limits.images);
    generator.dispose();
  });
});
