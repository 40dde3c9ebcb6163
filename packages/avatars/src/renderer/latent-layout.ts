import { latentParameters, type ParameterRange } from '@autodrag/rendered-domain';
import {
  type AvatarAppearance,
  type AvatarGeometry,
  type AvatarParameters,
  appearanceNames,
  type GeometryName,
  geometryNames,
  geometryRanges,
} from './parameters.js';

/** The head as a whole wanders less than it can, so that its parts make up more of what moves. */
const calmed = ([middle, amplitude]: ParameterRange): ParameterRange => [middle, 0.75 * amplitude];

const ranges: Record<GeometryName, ParameterRange> = {
  ...geometryRanges,
  headX: calmed(geometryRanges.headX),
  headY: calmed(geometryRanges.headY),
  scale: calmed(geometryRanges.scale),
  yaw: calmed(geometryRanges.yaw),
  pitch: calmed(geometryRanges.pitch),
  roll: calmed(geometryRanges.roll),
  // room for a mouth that moves by itself, between nose and chin
  noseLength: [0.35, 0.05],
  mouthY: [0.02, 0.04],
  chin: [1.04, 0.09],
};

/** How many values of a latent move the geometry: its first. */
export const geometryDimensions = geometryNames.length;
export const latentDimensions = geometryDimensions + appearanceNames.length;

const parameters = latentParameters({
  ...{ geometryRanges: ranges, appearanceNames, latentDimensions },
  geometryLimit: 1.5,
  start: 'avatarFromLatent',
});

/** Where pairs begin: the index of every ...Left, whose ...Right follows. */
const pairs = geometryNames.flatMap((name, i) => (name.endsWith('Left') ? [i] : []));
/** Shares of what a pair has in common, and of what sets it apart: together a rotation, so normal values stay so. */
const common = Math.sqrt(0.65);
const apart = Math.sqrt(0.35);

/**
 * Geometry from a latent: entry i of `geometryNames` is `middle + amplitude tanh(0.9 z[i])`, of the head as a whole
 * three quarters of the amplitude. Of a pair the first value moves both sides, and the second sets them apart, right
 * against left.
 *
 * @param z `[80]`, about normal; this function reads the first 52 values
 * @throws InvalidArgumentError for another length or a value that is not finite
 */
export function geometryFromLatent(z: ArrayLike<number>): AvatarGeometry {
  parameters.checkLatent('geometryFromLatent', z);
  const mixed = Float64Array.from(z);
  for (const i of pairs) {
    const [both, difference] = [z[i]!, z[i + 1]!];
    mixed[i] = common * both - apart * difference;
    mixed[i + 1] = common * both + apart * difference;
  }
  return parameters.geometryFromLatent(mixed);
}

/**
 * Appearance from a latent: entry i of `appearanceNames` is `tanh(0.9 z[52 + i])`.
 *
 * @param z `[80]`, about normal
 * @throws InvalidArgumentError for another length or a value that is not finite
 */
export function appearanceFromLatent(z: ArrayLike<number>): AvatarAppearance {
  return parameters.appearanceFromLatent(z);
}

/**
 * One latent to a whole avatar, whose every part moves by itself.
 *
 * @param z `[80]`, about normal (mean square 1)
 * @throws InvalidArgumentError for another length or a value that is not finite
 */
export function avatarFromLatent(z: ArrayLike<number>): AvatarParameters {
  parameters.checkLatent('avatarFromLatent', z);
  return { geometry: geometryFromLatent(z), appearance: appearanceFromLatent(z) };
}
