import '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { dragLoss } from '../src/drag-loss.js';
import { encodeMemory } from '../src/encode-memory.js';
import { motionSequence } from '../src/motion-sequence.js';
import { predictTeacherForced } from '../src/predict-teacher-forced.js';
import { rollout } from '../src/rollout.js';
import { stepLambda } from '../src/step-lambda.js';
import { tinyConfig, tinyInput, tinyParameters } from './tiny.js';

/** Everything but training, as numbers. */
async function run(tokens: 'layer' | 'flat'): Promise<number[]> {
  const config = tinyConfig({ tokens });
  const params = tinyParameters(config);
  const input = tinyInput(config);
  const values: number[] = [];
  for await (const w of rollout(params, config, input, { regularize: (x) => tf.sin(x) as tf.Tensor3D })) {
    values.push(...(await w.data()));
    w.dispose();
  }
  const lambda = stepLambda(tf.tensor1d([0.5, 1]), 3);
  const codes = motionSequence(input.w, tf.neg(input.w) as tf.Tensor3D, { steps: 2, lambda, editedLayers: 2 });
  const forced = predictTeacherForced(params, config, encodeMemory(params, config, input), codes);
  const { features, handles, targets, pointMask } = input;
  const after = tf.square(features) as tf.Tensor4D;
  const loss = dragLoss({ before: features, after, handles, targets, pointMask }, { imageResolution: 16 });
  values.push(...(await forced.data()), ...(await loss.data()));
  return values;
}

for (const tokens of ['layer', 'flat'] as const) {
  it(`computes the same on wasm as on cpu, ${tokens} tokens`, async () => {
    await tf.setBackend('cpu');
    const expected = await run(tokens);
    await tf.setBackend('wasm');
    const actual = await run(tokens);
    expect(actual.length).toBe(expected.length);
    actual.forEach((value, k) => {
      expect(Math.abs(value - expected[k]!)).toBeLessThan(1e-4 * Math.max(1, Math.abs(expected[k]!)));
    });
  });
}
