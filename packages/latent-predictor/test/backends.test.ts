import { createRandom, flattenParameters, valueAndGrads } from '@autodrag/nn';
import { expectClose, testBackends, useTestBackend } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { dragLoss } from '../src/drag-loss.js';
import { encodeMemory } from '../src/encode-memory.js';
import { motionSequence } from '../src/motion-sequence.js';
import { predictFreeRunning } from '../src/predict-free-running.js';
import { predictTeacherForced } from '../src/predict-teacher-forced.js';
import { predictionLoss } from '../src/prediction-loss.js';
import { rollout } from '../src/rollout.js';
import { stepLambda } from '../src/step-lambda.js';
import { tinyConfig, tinyInput, tinyParameters } from './tiny.js';

/** Everything but training, as numbers. */
async function run(tokens: 'layer' | 'flat'): Promise<number[]> {
  const config = tinyConfig({ tokens });
  const parameters = tinyParameters(config);
  const input = tinyInput(config);
  const values: number[] = [];
  for await (const w of rollout(parameters, config, input, { regularize: (x) => tf.sin(x) as tf.Tensor3D })) {
    values.push(...(await w.data()));
    w.dispose();
  }
  const lambda = stepLambda(tf.tensor1d([0.5, 1]), 3);
  const codes = motionSequence(input.w, tf.neg(input.w) as tf.Tensor3D, { steps: 2, lambda, editedLayers: 2 });
  const forced = predictTeacherForced(parameters, config, encodeMemory(parameters, config, input), codes);
  const { features, handles, targets, pointMask } = input;
  const after = tf.square(features) as tf.Tensor4D;
  const loss = dragLoss({ before: features, after, handles, targets, pointMask }, { imageResolution: 16 });
  values.push(...(await forced.data()), ...(await loss.data()));
  return values;
}

/** The loss and its gradients, by parameter. */
async function train(tokens: 'layer' | 'flat'): Promise<Record<string, number[]>> {
  const config = tinyConfig({ tokens });
  const input = tinyInput(config);
  const truth = createRandom(5).normalTensor([2, 3, 2, 4]) as tf.Tensor4D;
  const start = tf.slice(input.w, [0, 0, 0], [2, 2, 4]);
  const { value, grads } = valueAndGrads((parameters) => {
    const codes = predictFreeRunning(parameters, config, encodeMemory(parameters, config, input), start);
    return predictionLoss(codes, truth);
  }, tinyParameters(config));
  const values: Record<string, number[]> = { loss: [...(await value.data())] };
  for (const [name, gradient] of Object.entries(flattenParameters(grads))) values[name] = [...(await gradient.data())];
  return values;
}

describe.each(testBackends())('%s', (backend) => {
  it.each(['layer', 'flat'] as const)('computes what cpu computes, %s tokens', async (tokens) => {
    await useTestBackend('cpu');
    const expected = await run(tokens);
    await useTestBackend(backend);
    expectClose(await run(tokens), expected, 1e-4);
  });
});

// wasm alone lacks kernels for it, and cpu is what finite differences were compared with
describe.each(testBackends({ except: ['cpu', 'wasm'] }))('%s', (backend) => {
  it.each(['layer', 'flat'] as const)('has the gradients of cpu, %s tokens', async (tokens) => {
    await useTestBackend('cpu');
    const expected = await train(tokens);
    await useTestBackend(backend);
    const actual = await train(tokens);
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const [name, values] of Object.entries(expected)) expectClose(actual[name]!, values, 1e-4);
  });
});
