import { readFileSync } from 'node:fs';
import { disposeParameters } from '@autodrag/nn';
import { loadLandmarkDetector } from '@autodrag/rendered-domain/detector';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { avatarDomain } from './avatar-domain.js';
import { detectorWeights } from './detector-weights.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

it('the detector that comes with the package finds the landmarks of the avatars', async () => {
  const loaded = await loadLandmarkDetector(readFileSync(detectorWeights), avatarDomain);
  expect(loaded.heat.weight.shape.at(-1)).toBe(avatarDomain.landmarkNames.length);
  disposeParameters(loaded);
});
