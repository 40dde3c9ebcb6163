import { avatarLandmarks, geometryFromLatent, landmarkGroups, landmarkNames, unitMeanSquare } from '@autodrag/avatars';
import { type LandmarkDetectorParameters, landmarkDetector } from '@autodrag/avatars/detector';
import type { Judge } from './judge.js';

/** The detector of the avatars' landmarks, trained on renders alone. Reads the parameters and does not own them. */
export function avatarJudge(detector: LandmarkDetectorParameters): Judge {
  return {
    name: 'avatars',
    count: landmarkNames.length,
    error: 'the landmark detector of the avatars, about 1 px of 512 off on renders with known landmarks',
    five: landmarkGroups.five,
    async locate(image) {
      const found = landmarkDetector(detector, image);
      try {
        return Float32Array.from((await found.data()) as Float32Array);
      } finally {
        found.dispose();
      }
    },
    visible: (z) => avatarLandmarks(geometryFromLatent(unitMeanSquare(z))).visible,
  };
}
