import { createRandom, disposeParameters, flattenParameters } from '@autodrag/nn';
import { expectClose } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { createStyleGan2Parameters, loadStyleGan2, saveStyleGan2, styleGan2Config } from './index.js';

describe('saveStyleGan2 and loadStyleGan2', () => {
  const config = styleGan2Config({
    resolution: 8,
    constSize: [4, 2],
    channels: { 4: 3, 8: 2 },
    zDim: 4,
    wDim: 4,
    cDim: 2,
    architecture: 'resnet',
  });

  it.each([
    ['float32', 0],
    ['float16', 5e-4],
  ] as const)('gives back what was saved: %s', async (dtype, tolerance) => {
    await tf.setBackend('cpu');
    const parameters = createStyleGan2Parameters(createRandom(1), config);
    const loaded = await loadStyleGan2(await saveStyleGan2(config, parameters, { dtype }));
    expect(loaded.config).toEqual(config);
    const [before, after] = [flattenParameters(parameters), flattenParameters(loaded.parameters)];
    expect(Object.keys(after)).toEqual(Object.keys(before));
    for (const [name, tensor] of Object.entries(before)) expectClose(after[name]!, tensor, tolerance);
    disposeParameters(loaded.parameters);
  });

  it('refuses what is no such file', async () => {
    await expect(loadStyleGan2(new Uint8Array(4))).rejects.toThrow('the safetensors file is whole');
  });
});
