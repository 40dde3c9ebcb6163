import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importStyleGan2 } from '../src/import/index.js';
import { createGenerator, type Generator } from '../src/index.js';
import { largestDifference, readFixture } from './fixtures.js';

/** What is compared of an image: all of it, or its averages over boxes. */
function view(image: tf.Tensor4D, name: string): tf.Tensor {
  const [, height] = image.shape;
  const boxes = name.endsWith('_box32') ? tf.avgPool(image, height / 32, height / 32, 'valid') : image;
  return tf.transpose(boxes, [0, 3, 1, 2]);
}

describe.each([
  { name: 'ada-64', backend: 'cpu' },
  { name: 'ada-64', backend: 'wasm' },
  { name: 'ada-128-paper', backend: 'wasm' },
])('the reference program and the generator: $name on $backend', ({ name, backend }) => {
  const { manifest, array, file } = readFixture(name);
  const limits = manifest.suggestedMaxAbs;
  // the cpu backend takes seconds for what wasm does at once: it gets what differs in kind
  const cases = manifest.cases.filter(
    ({ id }) => backend === 'wasm' || ['seed0_psi0.7_none', 'edit6_const'].includes(id),
  );
  let generator: Generator;
  beforeAll(async () => {
    await tf.setBackend(backend);
    const { config, parameters } = await importStyleGan2(file('network.pkl'));
    generator = createGenerator(config, parameters);
  });
  afterAll(() => generator.dispose());

  it.each(cases)('$id', ({ z, truncation_psi, noise_mode, ws, image }) => {
    tf.tidy(() => {
      const expected = array(ws);
      if (z !== undefined) {
        const code = array(z);
        const mapped = generator.mapping(tf.tensor2d(code.data, code.shape as [number, number]), {
          truncationPsi: truncation_psi,
        });
        expect(largestDifference(mapped.dataSync(), expected.data)).toBeLessThan(limits.ws);
      }
      const actual = generator.synthesis(tf.tensor3d(expected.data, expected.shape as [number, number, number]), {
        noise: noise_mode,
      });
      const stored = image.filter((entry) => !entry.endsWith('_centre64')); // not kept in the repository
      for (const entry of stored) {
        expect(largestDifference(view(actual, entry).dataSync(), array(entry).data), entry).toBeLessThan(limits.images);
      }
      expect(stored.length).toBeGreaterThan(0);
    });
  });

  it('features of every block', () => {
    tf.tidy(() => {
      const code = array('ws_seed0_psi0.7');
      const resolutions = [4, 8, 16, 32];
      const { features, image } = generator.features(
        tf.tensor3d(code.data, code.shape as [number, number, number]),
        resolutions,
      );
      expect(image).toBeNull();
      for (const resolution of resolutions) {
        const nchw = tf.transpose(features[resolution]!, [0, 3, 1, 2]).dataSync();
        expect(largestDifference(nchw, array(`feat_b${resolution}`).data)).toBeLessThan(limits.features);
      }
      const last = generator.config.resolution;
      const top = generator.features(tf.tensor3d(code.data, code.shape as [number, number, number]), last).features[
        last
      ]!;
      const corner = tf.transpose(tf.slice(top, [0, 0, 0, 0], [1, 4, 4, -1]), [0, 3, 1, 2]).dataSync();
      expect(largestDifference(corner, array(`feat_b${last}_corner4`).data)).toBeLessThan(limits.features);
      expect(largestDifference(tf.mean(top, [0, 1, 2]).dataSync(), array(`feat_b${last}_mean`).data)).toBeLessThan(
        limits.features,
      );
    });
  });
});
