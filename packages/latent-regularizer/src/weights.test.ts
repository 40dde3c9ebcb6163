import '@tensorflow/tfjs';
import { flattenParameters, loadSafetensors, saveSafetensors, WeightFileError } from '@autodrag/nn';
import { expectClose, expectNoLeak } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { tinyConfig, tinyParameters } from '../test/tiny.js';
import { createLatentRegularizer } from './create-latent-regularizer.js';
import { loadLatentRegularizer, saveLatentRegularizer } from './weights.js';

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
  const loaded = await loadLatentRegularizer(await saveLatentRegularizer(config, parameters, { dtype: 'float32' }));
  expect(loaded.config).toEqual(config);
  const before = flattenParameters(parameters);
  const after = flattenParameters(loaded.parameters);
  expect(Object.keys(after)).toEqual(Object.keys(before));
  for (const [name, tensor] of Object.entries(after)) expectClose(tensor, before[name]!, 0);
  const w = tf.randomNormal([2, 5, 4]) as tf.Tensor3D;
  expectClose(
    createLatentRegularizer(loaded.config, loaded.parameters).restore(w),
    createLatentRegularizer(config, parameters).restore(w),
    0,
  );
});

it('is stored at half precision if asked, statistics excepted', async () => {
  const bytes = await saveLatentRegularizer(config, tinyParameters(config), { dtype: 'float16' });
  const { tensors } = await loadSafetensors(bytes);
  for (const [name, { dtype }] of Object.entries(tensors)) {
    expect(dtype, name).toBe(name.startsWith('statistics.') ? 'float32' : 'float16');
  }
});

it('is stored in full by default', async () => {
  const { tensors } = await loadSafetensors(await saveLatentRegularizer(config, tinyParameters(config)));
  for (const { dtype } of Object.values(tensors)) expect(dtype).toBe('float32');
});

it('leaks nothing', async () => {
  const parameters = tinyParameters(config);
  const bytes = await saveLatentRegularizer(config, parameters);
  await expectNoLeak(() => saveLatentRegularizer(config, parameters));
  await expectNoLeak(async () => {
    const loaded = await loadLatentRegularizer(bytes);
    createLatentRegularizer(loaded.config, loaded.parameters).dispose();
  });
});

it('refuses what is damaged, of another kind or version, or does not fit', async () => {
  const bytes = await saveLatentRegularizer(config, tinyParameters(config));
  const refuse = async (file: Uint8Array, message: string | RegExp) => {
    await expectNoLeak(async () => {
      await expect(loadLatentRegularizer(file)).rejects.toThrow(message);
      await expect(loadLatentRegularizer(file)).rejects.toThrow(WeightFileError);
    });
  };
  await refuse(bytes.slice(0, bytes.length - 8), /Download the file again/);
  await refuse(bytes.slice(0, 4), /fewer than the 8/);
  await refuse(new TextEncoder().encode('<!doctype html><title>404</title>'), /loadSafetensors/);
  await refuse(
    await changed(bytes, ({ metadata }) => {
      metadata.kind = 'latent-predictor';
    }),
    "loadLatentRegularizer: kind: expected 'latent-regularizer', got 'latent-predictor'",
  );
  await refuse(
    await changed(bytes, ({ metadata }) => {
      delete metadata.kind;
    }),
    "expected 'latent-regularizer', got no kind",
  );
  await refuse(
    await changed(bytes, ({ metadata }) => {
      metadata.version = '2';
    }),
    "loadLatentRegularizer: version: expected '1', got '2'",
  );
  const reconfigured = (overrides: object) =>
    changed(bytes, ({ metadata }) => {
      metadata.config = JSON.stringify({ ...config, ...overrides });
    });
  await refuse(await reconfigured({ heads: 3 }), /config: width must be a multiple of heads/);
  await refuse(await reconfigured({ numWs: 'many' }), /config: numWs: expected a positive whole number/);
  await refuse(await reconfigured({ editedLayers: 3 }), /expected \[/);
  await refuse(await reconfigured({ numWs: 1e9 }), /too few for its configuration/);
  await refuse(await reconfigured({ decoderLayers: 2 }), /missing 'decoder.blocks.1/);
  await refuse(await reconfigured({ width: 1e6 }), /too few for its configuration/);
  await refuse(
    await changed(bytes, ({ metadata }) => {
      metadata.config = '{';
    }),
    "loadLatentRegularizer: config: expected JSON, got '{'. Export the file again.",
  );
  await refuse(
    await changed(bytes, ({ metadata }) => {
      metadata.config = 'null';
    }),
    'loadLatentRegularizer: config: expected an object',
  );
  await refuse(
    await changed(bytes, ({ tensors }) => {
      tensors['head.weight']!.data[3] = Number.NaN;
    }),
    'loadLatentRegularizer: head.weight: holds a number that is not finite',
  );
  await refuse(
    await changed(bytes, ({ tensors }) => {
      tensors['statistics.std']!.data[0] = 0;
    }),
    'loadLatentRegularizer: statistics.std: expected positive numbers',
  );
});
