import { flattenParameters, loadModelFile, saveSafetensors } from '@autodrag/nn';
import { landmarkNames } from '../renderer/avatar-landmarks.js';
import { createLandmarkDetectorParameters, type LandmarkDetectorParameters } from './landmark-detector.js';

const kind = 'avatar-landmark-detector';
const version = '1';
/** What it was trained for. */
const landmarks = landmarkNames.join(' ');

export type SaveLandmarkDetectorOptions = {
  /** How weights are stored. @default 'float32' */
  dtype?: 'float16' | 'float32';
};

/** A safetensors file with the weights of a landmark detector. The same weights give the same bytes. */
export async function saveLandmarkDetector(
  parameters: LandmarkDetectorParameters,
  { dtype = 'float32' }: SaveLandmarkDetectorOptions = {},
): Promise<Uint8Array> {
  return saveSafetensors(flattenParameters(parameters), {
    finite: true,
    dtype,
    metadata: { kind, version, landmarks },
  });
}

/**
 * Reads what `saveLandmarkDetector` wrote. Nothing in the bytes is trusted.
 *
 * @throws WeightFileError if the file is damaged, holds another model, or was trained for other landmarks
 */
export async function loadLandmarkDetector(bytes: Uint8Array): Promise<LandmarkDetectorParameters> {
  const { parameters } = await loadModelFile(bytes, {
    where: 'loadLandmarkDetector',
    writer: 'saveLandmarkDetector',
    kind,
    version,
    metadata: { landmarks },
    template: (random) => createLandmarkDetectorParameters(random, landmarkNames.length),
  });
  return parameters;
}
