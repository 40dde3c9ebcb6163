import '@tensorflow/tfjs';
import { createRandom } from '@autodrag/nn';
import { createHost } from '@autodrag/nn/host';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { tinyConfig, tinyParameters } from '../test/tiny.js';
import { latentRegularizer } from './latent-regularizer.js';
import { createRestoreOnHost } from './restore-on-host.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

for (const output of ['direct', 'residual', 'gated'] as const) {
  for (const numWs of [2, 5]) {
    it(`restores as on tensors: ${output}, ${numWs} layers`, async () => {
      const config = tinyConfig({ output, numWs });
      const parameters = tinyParameters(config);
      const restore = await createRestoreOnHost(createHost()!, { parameters, config });
      const w = createRandom(7).normalTensor([1, numWs, config.wDim]) as tf.Tensor3D;
      const expected = latentRegularizer(parameters, config, w).dataSync();
      const values = w.dataSync() as Float32Array;
      const size = config.editedLayers * config.wDim;
      const edited = values.slice(0, size);
      const restored = restore(values)(edited);
      expect(restored.length).toBe(size);
      for (const [i, value] of restored.entries()) expect(value).toBeCloseTo(expected[i]!, 4);
      expect(Math.max(...restored.map((value, i) => Math.abs(value - edited[i]!)))).toBeGreaterThan(1e-3);
      expect([...edited]).toEqual([...values.slice(0, size)]); // is only read
    });
  }
}
