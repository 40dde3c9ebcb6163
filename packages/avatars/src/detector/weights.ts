import {
  AutodragError,
  createRandom,
  flattenParameters,
  loadSafetensors,
  mapParameters,
  saveSafetensors,
  toTensors,
  unflattenParameters,
  WeightFileError,
} from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { landmarkNames } from '../renderer/avatar-landmarks.js';
import { createLandmarkDetectorParameters, type LandmarkDetectorParameters } from './landmark-detector.js';

const kind = 'avatar-landmark-detector';
const version = '1';

/** A safetensors file (float16) with the weights of a landmark detector. The same weights give the same bytes. */
export async function saveLandmarkDetector(parameters: LandmarkDetectorParameters): Promise<Uint8Array> {
  return saveSafetensors(flattenParameters(parameters), {
    dtype: 'float16',
    metadata: { kind, version, landmarks: landmarkNames.join(' ') },
  });
}

/**
 * Reads what `saveLandmarkDetector` wrote. Nothing in the bytes is trusted.
 *
 * @throws WeightFileError if the file is damaged, holds another model, or was trained for other landmarks
 */
export function loadLandmarkDetector(bytes: Uint8Array): LandmarkDetectorParameters {
  const { tensors, metadata } = loadSafetensors(bytes);
  const expected = { kind, version, landmarks: landmarkNames.join(' ') };
  for (const [name, value] of Object.entries(expected)) {
    if (metadata[name] === value) continue;
    throw new WeightFileError(
      `loadLandmarkDetector: ${name}: expected '${value.slice(0, 40)}', got '${(metadata[name] ?? 'nothing').slice(0, 40)}'. ` +
        'Load a file that saveLandmarkDetector of this release wrote.',
    );
  }
  try {
    let parameters: LandmarkDetectorParameters;
    tf.tidy(() => {
      const template = createLandmarkDetectorParameters(createRandom(0), landmarkNames.length);
      parameters = mapParameters(unflattenParameters(template, toTensors(tensors)), (tensor) => tf.keep(tensor));
    });
    return parameters!;
  } catch (error) {
    if (!(error instanceof AutodragError)) throw error;
    throw new WeightFileError(`loadLandmarkDetector: the weights do not fit: ${error.message}`, { cause: error });
  }
}
