import '@tensorflow/tfjs';
import { createRandom } from '@autodrag/nn';
import { createHost } from '@autodrag/nn/host';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { tinyConfig, tinyInput, tinyParameters } from '../test/tiny.js';
import { encodeMemory } from './encode-memory.js';
import { rollout } from './rollout.js';
import { createRolloutOnHost } from './rollout-on-host.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

for (const tokens of ['layer', 'flat'] as const) {
  for (const queryDisplacement of [true, false]) {
    it(`gives the codes of rollout: ${tokens} tokens, displacement ${queryDisplacement}, masked points`, async () => {
      const config = tinyConfig({ tokens, queryDisplacement });
      const parameters = tinyParameters(config);
      const whole = tinyInput(config);
      const first = <T extends tf.Tensor>(x: T) => tf.slice(x, 0, 1) as T;
      const pointMask = createRandom(3).uniformTensor([1, whole.handles.shape[1]], 0, 1) as tf.Tensor2D;
      const input = {
        w: first(whole.w),
        features: first(whole.features),
        handles: first(whole.handles),
        targets: first(whole.targets),
        pointMask: tf.cast(tf.greater(pointMask, 0.4), 'float32') as tf.Tensor2D,
      };
      const size = config.editedLayers * config.wDim;
      const expected: Float32Array[] = [];
      const regularize = (w: tf.Tensor3D) => tf.tidy(() => tf.sin(w)) as tf.Tensor3D;
      for await (const code of rollout(parameters, config, input, { regularize })) {
        expected.push((await code.data()) as Float32Array);
      }
      const memory = encodeMemory(parameters, config, input);
      const run = await createRolloutOnHost(createHost()!, { parameters, config });
      const codes = [
        ...run({
          w: (await input.w.data()) as Float32Array,
          tokens: (await memory.tokens.data()) as Float32Array,
          mask: (await memory.mask.data()) as Float32Array,
          restore: (edited) => edited.map(Math.sin),
        }),
      ];
      expect(codes.length).toBe(expected.length);
      codes.forEach((code, step) => {
        for (const [i, value] of code.entries()) expect(value).toBeCloseTo(expected[step]![i]!, 4);
      });
      expect(Math.max(...codes[0]!.map((value, i) => Math.abs(value - codes[1]![i]!)))).toBeGreaterThan(1e-3);
      expect(codes[0]!.length).toBeGreaterThan(size);
    });
  }
}
