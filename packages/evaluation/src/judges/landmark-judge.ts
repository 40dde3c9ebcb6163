import { type RenderedDomain, unitMeanSquare } from '@autodrag/rendered-domain';
import { type LandmarkDetectorParameters, landmarkDetector } from '@autodrag/rendered-domain/detector';
import { domainGeometry } from '../local/geometry-model.js';
import type { Judge } from './judge.js';

/** The detector of a domain's landmarks, trained on renders alone. Reads the parameters and does not own them. */
export function landmarkJudge(domain: RenderedDomain, detector: LandmarkDetectorParameters): Judge {
  return {
    name: domain.name,
    count: domain.landmarkNames.length,
    error: `the landmark detector of the ${domain.name}; autodrag evaluate says how far off it is on renders with known landmarks`,
    five: domain.standardPoints.five,
    async locate(image) {
      const found = landmarkDetector(detector, image);
      try {
        return Float32Array.from((await found.data()) as Float32Array);
      } finally {
        found.dispose();
      }
    },
    geometry: (size) => domainGeometry(domain, size),
    visible: (z) => domain.landmarks(unitMeanSquare(z), { resolution: 128 }).visible,
  };
}
