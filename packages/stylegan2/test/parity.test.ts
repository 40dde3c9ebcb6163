import { testBackends, useTestBackend } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs';
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

const runs = testBackends().flatMap((backend) =>
  ['ada-64', 'ada-128-paper']
    .filter((name) => backend !== 'cpu' || name === 'ada-64') // cpu takes minutes for the other
    .map((name) => ({ name, backend })),
);

describe.each(runs)('the reference program and the generator: $name on $backend', ({ name, backend }) => {
  const { manifest, array, file } = readFixture(name);
  /** The allowed difference: the reference's own suggestion; libtensorflow sums in another order. */
  const limit = (kind: 'ws' | 'images' | 'features', expected: Float32Array) =>
    backend === 'node'
      ? 1e-4 * expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      : manifest.suggestedMaxAbs[kind];
  const expectNear = (kind: 'ws' | 'images' | 'features', actual: tf.Tensor, expected: Float32Array, what?: string) =>
    expect(largestDifference(actual.dataSync(), expected), what).toBeLessThan(limit(kind, expected));
  // the cpu backend takes seconds for what wasm does at once: it gets what differs in kind
  const cases = manifest.cases.filter(
    ({ id }) => backend !== 'cpu' || ['seed0_psi0.7_none', 'edit6_const'].includes(id),
  );
  let generator: Generator;
  beforeAll(async () => {
    await useTestBackend(backend);
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
        expectNear('ws', mapped, expected.data);
      }
      const actual = generator.synthesis(tf.tensor3d(expected.data, expected.shape as [number, number, number]), {
        noise: noise_mode,
      });
      const stored = image.filter((entry) => !entry.endsWith('_centre64')); // not kept in the repository
      for (const entry of stored) {
        expectNear('images', view(actual, entry), array(entry).data, entry);
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
        expectNear('features', tf.transpose(features[resolution]!, [0, 3, 1, 2]), array(`feat_b${resolution}`).data);
      }
      const last = generator.config.resolution;
      const top = generator.features(tf.tensor3d(code.data, code.shape as [number, number, number]), last).features[
        last
      ]!;
      const corner = tf.transpose(tf.slice(top, [0, 0, 0, 0], [1, 4, 4, -1]), [0, 3, 1, 2]);
      expectNear('features', corner, array(`feat_b${last}_corner4`).data);
      expectNear('features', tf.mean(top, [0, 1, 2]), array(`feat_b${last}_mean`).data);
    });
  });
});
