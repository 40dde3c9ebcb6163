import { latentParameters } from '@autodrag/rendered-domain';
import {
  type AvatarAppearance,
  type AvatarGeometry,
  type AvatarParameters,
  appearanceNames,
  geometryRanges as ranges,
} from '../parameters.js';

/**
 * What a latent of 64 moves: both sides of a pair as one, and nothing that is not named here. The shipped models
 * learned these very avatars, so neither order nor ranges may change.
 */
const plainRanges = {
  headX: ranges.headX,
  headY: ranges.headY,
  scale: ranges.scale,
  yaw: ranges.yaw,
  pitch: ranges.pitch,
  roll: ranges.roll,
  faceWidth: ranges.faceWidth,
  jaw: ranges.jaw,
  chin: ranges.chin,
  eyeSize: ranges.eyeSize,
  eyeSpacing: ranges.eyeSpacing,
  eyeOpenness: [0.88, 0.34],
  gazeX: ranges.gazeX,
  gazeY: ranges.gazeY,
  browHeight: ranges.browHeightLeft,
  browTilt: ranges.browTiltLeft,
  noseLength: ranges.noseLength,
  noseWidth: ranges.noseWidth,
  mouthWidth: ranges.mouthWidth,
  mouthOpen: ranges.mouthOpen,
  smile: ranges.smileLeft,
  earSize: ranges.earSizeLeft,
  hairVolume: ranges.hairVolumeLeft,
  hairLength: ranges.hairLengthLeft,
  fringe: ranges.fringe,
  hairPart: ranges.hairPart,
  shoulderWidth: ranges.shoulderWidth,
  shoulderShift: ranges.shoulderShift,
} as const;

export const latentDimensions = 64;

const parameters = latentParameters({
  ...{ geometryRanges: plainRanges, appearanceNames, latentDimensions },
  geometryLimit: 1.5,
  start: 'avatarFromLatent',
});

/** How many values of a latent of 64 move something: its first. */
export const geometryDimensions = parameters.geometryNames.length;

/** Every geometry parameter that no value of the latent moves, at its middle. */
const atRest = Object.fromEntries(Object.entries(ranges).map(([name, [middle]]) => [name, middle])) as AvatarGeometry;

/**
 * Geometry from a latent: its first 28 values are `middle + amplitude tanh(0.9 z[i])`, smooth and monotone. The two
 * sides of a face are alike, and what only the expressive avatars move rests.
 *
 * @param z `[64]`, about normal; this function reads the first `geometryDimensions` values
 * @throws InvalidArgumentError for another length or a value that is not finite
 */
export function geometryFromLatent(z: ArrayLike<number>): AvatarGeometry {
  const { eyeOpenness, browHeight, browTilt, smile, earSize, hairVolume, hairLength, ...single } =
    parameters.geometryFromLatent(z);
  return {
    ...atRest,
    ...single,
    ...{ eyeOpennessLeft: eyeOpenness, eyeOpennessRight: eyeOpenness },
    ...{ browHeightLeft: browHeight, browHeightRight: browHeight },
    ...{ browTiltLeft: browTilt, browTiltRight: browTilt },
    ...{ smileLeft: smile, smileRight: smile },
    ...{ earSizeLeft: earSize, earSizeRight: earSize },
    ...{ hairVolumeLeft: hairVolume, hairVolumeRight: hairVolume },
    ...{ hairLengthLeft: hairLength, hairLengthRight: hairLength },
  };
}

/**
 * Appearance from a latent: entry i of `appearanceNames` is `tanh(0.9 z[geometryDimensions + i])`.
 *
 * @param z `[64]`, about normal; this function reads `appearanceDimensions` values after geometry's
 * @throws InvalidArgumentError for another length or a value that is not finite
 */
export function appearanceFromLatent(z: ArrayLike<number>): AvatarAppearance {
  return parameters.appearanceFromLatent(z);
}

/**
 * One latent to a whole avatar. The last `64 - geometryDimensions - appearanceDimensions` values are not read.
 *
 * @param z `[64]`, about normal (mean square 1)
 * @throws InvalidArgumentError for another length or a value that is not finite
 */
export function avatarFromLatent(z: ArrayLike<number>): AvatarParameters {
  parameters.checkLatent('avatarFromLatent', z);
  return { geometry: geometryFromLatent(z), appearance: appearanceFromLatent(z) };
}
