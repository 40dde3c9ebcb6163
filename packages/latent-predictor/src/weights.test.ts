import '@tensorflow/tfjs';
import { flattenParameters, loadSafetensors, saveSafetensors, WeightFileError } from '@autodrag/nn';
import { expectClose, expectNoLeak } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { tinyConfig, tinyInput, tinyParameters } from '../test/tiny.js';
import { createLatentPredictor } from './create-latent-predictor.js';
import { loadLatentPredictor, saveLatentPredictor } from './weights.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const config = tinyConfig();

/** The file with something changed. */
async function changed(
  bytes: Uint8Array,
  change: (file: Awaited<ReturnType<typeof loadSafetensors>>) => void,
): Promise<Uint8Array> {
  const file = await loadSafetensors(bytes);
  change(file);
  return saveSafetensors(file.tensors, { metadata: file.metadata });
}

it('comes back as it was saved', async () => {
  const parameters = tinyParameters(config);
  const loaded = await loadLatentPredictor(await saveLatentPredictor(config, parameters, { dtype: 'float32' }));
  expect(loaded.config).toEqual(config);
  const before = flattenParameters(parameters);
  const after = flattenParameters(loaded.parameters);
  expect(Object.keys(after)).toEqual(Object.keys(before));
  for (const [name, tensor] of Object.entries(after)) expectClose(tensor, before[name]!, 0);
  const input = tinyInput(config);
  expectClose(
    createLatentPredictor(loaded.config, loaded.parameters).predict(input),
    createLatentPredictor(config, parameters).predict(input),
    0,
  );
});

it('is stored at half precision if asked, statistics and the gate excepted', async () => {
  const bytes = await saveLatentPredictor(config, tinyParameters(config), { dtype: 'float16' });
  const { tensors } = await loadSafetensors(bytes);
  for (const [name, { dtype }] of Object.entries(tensors)) {
    expect(dtype, name).toBe(name.startsWith('statistics.') || name === 'gate' ? 'float32' : 'float16');
  }
});

it('comes back with its motion field', async () => {
  const withField = tinyConfig({ motionField: { width: 6, blocks: 1 } });
  const parameters = tinyParameters(withField);
  const bytes = await saveLatentPredictor(withField, parameters, { dtype: 'float16' });
  const loaded = await loadLatentPredictor(bytes);
  expect(loaded.config).toEqual(withField);
  const { tensors } = await loadSafetensors(bytes);
  expect(tensors['settling.field.statistics.std']?.dtype).toBe('float32');
  expect(Object.keys(flattenParameters(loaded.parameters))).toContain('settling.spread');
  for (const motionField of [
    null,
    3,
    {},
    { width: 6 },
    { width: 0, blocks: 1 },
    { width: 1e9, blocks: 1 },
    { width: 6, blocks: 1e9 },
  ]) {
    const hostile = await changed(bytes, ({ metadata }) => {
      metadata.config = JSON.stringify({ ...withField, motionField });
    });
    await expect(loadLatentPredictor(hostile)).rejects.toThrow(WeightFileError);
  }
});

it('is stored in full by default', async () => {
  const { tensors } = await loadSafetensors(await saveLatentPredictor(config, tinyParameters(config)));
  for (const { dtype } of Object.values(tensors)) expect(dtype).toBe('float32');
});

it('leaks nothing', async () => {
  const parameters = tinyParameters(config);
  const bytes = await saveLatentPredictor(config, parameters);
  await expectNoLeak(() => saveLatentPredictor(config, parameters));
  await expectNoLeak(async () => {
    const loaded = await loadLatentPredictor(bytes);
    createLatentPredictor(loaded.config, loaded.parameters).dispose();
  });
});

it('refuses what is damaged, of another kind or version, or does not fit', async () => {
  const bytes = await saveLatentPredictor(config, tinyParameters(config));
  const refuse = async (file: Uint8Array, message: string | RegExp) => {
    await expectNoLeak(async () => {
      await expect(loadLatentPredictor(file)).rejects.toThrow(message);
      await expect(loadLatentPredictor(file)).rejects.toThrow(WeightFileError);
    });
  };
  await refuse(bytes.slice(0, bytes.length - 8), /Download the file again/);
  await refuse(bytes.slice(0, 4), /fewer than the 8/);
  await refuse(new TextEncoder().encode('<!doctype html><title>404</title>'), /loadSafetensors/);
  await refuse(
    await changed(bytes, ({ metadata }) => {
      metadata.kind = 'latent-regularizer';
    }),
    "loadLatentPredictor: kind: expected 'latent-predictor', got 'latent-regularizer'",
  );
  await refuse(
    await changed(bytes, ({ metadata }) => {
      delete metadata.kind;
    }),
    "expected 'latent-predictor', got no kind",
  );
  await refuse(
    await changed(bytes, ({ metadata }) => {
      metadata.version = '2';
    }),
    "loadLatentPredictor: version: expected '1', got '2'",
  );
  const reconfigured = (overrides: object) =>
    changed(bytes, ({ metadata }) => {
      metadata.config = JSON.stringify({ ...config, ...overrides });
    });
  await refuse(await reconfigured({ heads: 3 }), /config: width must be a multiple of heads/);
  await refuse(await reconfigured({ numWs: 'many' }), /config: numWs: expected a positive whole number/);
  await refuse(await reconfigured({ steps: 4 }), /stepEmbedding: expected \[4, 8\], got \[3, 8\]/);
  await refuse(await reconfigured({ decoderLayers: 1 }), /unknown 'decoder.blocks.1/);
  await refuse(await reconfigured({ width: 1e6 }), /too few for its configuration/);
  await refuse(
    await changed(bytes, ({ metadata }) => {
      metadata.config = '{';
    }),
    "loadLatentPredictor: config: expected JSON, got '{'. Export the file again.",
  );
  await refuse(
    await changed(bytes, ({ metadata }) => {
      metadata.config = 'null';
    }),
    'loadLatentPredictor: config: expected an object',
  );
  await refuse(
    await changed(bytes, ({ tensors }) => {
      tensors['head.weight']!.data[3] = Number.NaN;
    }),
    'loadLatentPredictor: head.weight: holds a number that is not finite',
  );
  await refuse(
    await changed(bytes, ({ tensors }) => {
      tensors['statistics.codes.std']!.data[0] = 0;
    }),
    'loadLatentPredictor: statistics.codes.std: expected positive numbers',
  );
});
