import { flattenParameters, loadModelFile, saveSafetensors } from '@autodrag/nn';
import type { RenderedDomain } from '../rendered-domain.js';
import { createLandmarkDetectorParameters, type LandmarkDetectorParameters } from './landmark-detector.js';

/** What a detector's file says of the domain that it was trained for. */
export type DetectedDomain = Pick<RenderedDomain, 'singular' | 'landmarkNames'>;

const version = '1';
const kindOf = ({ singular }: DetectedDomain) => `${singular}-landmark-detector`;
const landmarksOf = ({ landmarkNames }: DetectedDomain) => landmarkNames.join(' ');

export type SaveLandmarkDetectorOptions = {
  /** How weights are stored. @default 'float32' */
  dtype?: 'float16' | 'float32';
};

/**
 * A safetensors file with the weights of a landmark detector. The same weights give the same bytes.
 *
 * @param domain for which it was trained
 */
export async function saveLandmarkDetector(
  parameters: LandmarkDetectorParameters,
  domain: DetectedDomain,
  { dtype = 'float32' }: SaveLandmarkDetectorOptions = {},
): Promise<Uint8Array> {
  return saveSafetensors(flattenParameters(parameters), {
    finite: true,
    dtype,
    metadata: { kind: kindOf(domain), version, landmarks: landmarksOf(domain) },
  });
}

/**
 * Reads what `saveLandmarkDetector` wrote. Nothing in the bytes is trusted.
 *
 * @param domain whose landmarks it should find
 * @throws WeightFileError if the file is damaged, holds another model, or was trained for other landmarks
 */
export async function loadLandmarkDetector(
  bytes: Uint8Array,
  domain: DetectedDomain,
): Promise<LandmarkDetectorParameters> {
  const { parameters } = await loadModelFile(bytes, {
    where: 'loadLandmarkDetector',
    writer: 'saveLandmarkDetector',
    kind: kindOf(domain),
    version,
    metadata: { landmarks: landmarksOf(domain) },
    template: (random) => createLandmarkDetectorParameters(random, domain.landmarkNames.length),
  });
  return parameters;
}
