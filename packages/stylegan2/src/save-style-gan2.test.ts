import { createRandom, disposeParameters, flattenParameters, loadSafetensors, saveSafetensors } from '@autodrag/nn';
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
    await expect(loadStyleGan2(new Uint8Array(4))).rejects.toThrow('expected a whole safetensors file');
  });

  it('says what the file is, and refuses another kind or version', async () => {
    await tf.setBackend('cpu');
    const parameters = createStyleGan2Parameters(createRandom(1), config);
    const { tensors, metadata } = await loadSafetensors(await saveStyleGan2(config, parameters));
    expect(metadata).toEqual({ kind: 'stylegan2', version: '1', config: JSON.stringify(config) });
    const load = async (changes: { kind?: string; version?: string }) => {
      const { kind, version, ...rest } = metadata;
      return loadStyleGan2(await saveSafetensors(tensors, { metadata: { ...rest, ...changes } }));
    };
    await expect(load({ kind: 'latent-predictor', version: '1' })).rejects.toMatchObject({
      code: 'CHECKPOINT_UNRECOGNISED',
      message:
        "loadStyleGan2: expected a safetensors file with a StyleGAN2 configuration, found a 'latent-predictor'. Give a file that saveStyleGan2 wrote.",
    });
    for (const changes of [{ kind: 'stylegan2', version: '2' }, { version: '2' }]) {
      await expect(load(changes)).rejects.toMatchObject({
        code: 'CHECKPOINT_UNSUPPORTED',
        message:
          "loadStyleGan2: the file is of version '1', found version '2'. Use the release of this package that wrote the file.",
      });
    }
    await expect(load({ kind: 'stylegan2' })).rejects.toThrow("version '1', found no version.");
    // Files from before there were kinds and versions
    const old = await load({});
    expect(old.config).toEqual(config);
    disposeParameters(old.parameters);
    disposeParameters(parameters);
  });

  it('writes nothing that it would not read', async () => {
    const parameters = createStyleGan2Parameters(createRandom(1), config);
    const { buffers } = parameters;
    const refuse = async (c: typeof config, p: object, message: string) =>
      expect(saveStyleGan2(c, p as typeof parameters)).rejects.toThrow(message);
    await refuse(
      { ...config, wDim: 5 },
      parameters,
      "saveStyleGan2: 'buffers.wAvg': the configuration has [5], got [4]",
    );
    await refuse({ ...config, zDim: Number.NaN }, parameters, 'zDim: expected a positive integer, got NaN');
    const without = { ...parameters, buffers: { noise: buffers.noise } };
    await refuse(config, without, "'buffers.wAvg': the configuration has [4], got nothing");
    const more = { ...parameters, more: buffers.wAvg };
    await refuse(config, more, "'more': the configuration has nothing, got [4]");
    const wAvg = tf.fill([4], Number.NaN);
    const message = 'saveSafetensors: buffers.wAvg: a number that is not finite: NaN at 0';
    await refuse(config, { ...parameters, buffers: { ...buffers, wAvg } }, message);
  });
});
