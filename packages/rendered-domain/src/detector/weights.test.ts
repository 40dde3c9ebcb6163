import { createRandom, disposeParameters, flattenParameters, loadSafetensors, saveSafetensors } from '@autodrag/nn';
import { expectClose, expectNoLeak } from '@autodrag/nn/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { discs } from '../../test/discs.js';
import { createLandmarkDetectorParameters } from './landmark-detector.js';
import { loadLandmarkDetector, saveLandmarkDetector } from './weights.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const fresh = () => createLandmarkDetectorParameters(createRandom(1), discs.landmarkNames.length);
const load = (bytes: Uint8Array) => loadLandmarkDetector(bytes, discs);

it('comes back as it was saved, at half precision', async () => {
  const parameters = fresh();
  const bytes = await saveLandmarkDetector(parameters, discs, { dtype: 'float16' });
  await expectNoLeak(async () => disposeParameters(await load(bytes)));
  const loaded = await load(bytes);
  const before = flattenParameters(parameters);
  const after = flattenParameters(loaded);
  expect(Object.keys(after)).toEqual(Object.keys(before));
  for (const [name, tensor] of Object.entries(after)) expectClose(tensor, before[name]!, 2e-3);
  disposeParameters(parameters);
  disposeParameters(loaded);
});

it('refuses other models, other landmarks, and numbers that are none', async () => {
  const bytes = await saveLandmarkDetector(fresh(), discs);
  const changed = async (change: (file: Awaited<ReturnType<typeof loadSafetensors>>) => void) => {
    const file = await loadSafetensors(bytes);
    change(file);
    return saveSafetensors(file.tensors, { metadata: file.metadata });
  };
  const refuse = async (change: (file: Awaited<ReturnType<typeof loadSafetensors>>) => void, message: string) => {
    const file = await changed(change);
    await expectNoLeak(async () => {
      await expect(load(file)).rejects.toThrow(`loadLandmarkDetector: ${message}`);
    });
  };
  await refuse(({ metadata }) => {
    metadata.kind = 'stylegan2';
  }, "kind: expected 'disc-landmark-detector', got 'stylegan2'. Load a file that saveLandmarkDetector");
  await refuse(({ metadata }) => {
    metadata.kind = 'avatar-landmark-detector';
  }, "kind: expected 'disc-landmark-detector', got 'avatar-landmark-detector'.");
  await refuse(({ metadata }) => {
    metadata.version = '2';
  }, "version: expected '1', got '2'.");
  await refuse(({ metadata }) => {
    metadata.landmarks = 'centre left';
  }, "landmarks: expected '");
  await refuse(({ tensors }) => {
    tensors['heat.bias']!.data[0] = Number.NaN;
  }, 'heat.bias: holds a number that is not finite: NaN at 0.');
  await refuse(({ tensors }) => {
    delete tensors['heat.bias'];
  }, "the weights do not fit: unflattenParameters: the names do not fit the model: missing 'heat.bias'.");
});
