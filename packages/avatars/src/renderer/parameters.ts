import { latentParameters, type ParameterRange } from '@autodrag/rendered-domain';

/**
 * Geometry: everything that moves a point of the picture. Lengths of the head are in *head units* (half of a face's
 * height, see `scale`), angles in radians, positions in fractions of the picture.
 */
const geometryRanges = {
  /** centre of the head, fraction of the width */
  headX: [0.5, 0.115],
  /** centre of the head, fraction of the height */
  headY: [0.485, 0.07],
  /** the head unit, fraction of the picture */
  scale: [0.268, 0.03],
  /** positive turns the face to the right of the picture */
  yaw: [0, 0.62],
  /** positive looks down */
  pitch: [0, 0.36],
  /** positive is clockwise */
  roll: [0, 0.24],
  /** half-width of the face */
  faceWidth: [0.79, 0.1],
  /** width of the jaw relative to the face */
  jaw: [0.76, 0.16],
  /** length of the lower half of the face */
  chin: [1, 0.13],
  /** half-width of an eye */
  eyeSize: [0.205, 0.035],
  /** distance of an eye from the middle */
  eyeSpacing: [0.4, 0.05],
  /** opening of the lids, 1 is plain */
  eyeOpenness: [0.88, 0.34],
  /** gaze, in iris shifts */
  gazeX: [0, 1],
  gazeY: [0, 1],
  /** height of the brows over the eyes */
  browHeight: [0.31, 0.075],
  /** positive raises the inner ends */
  browTilt: [0.04, 0.24],
  /** from the eye line to the tip */
  noseLength: [0.38, 0.08],
  /** half-width of the nose */
  noseWidth: [0.135, 0.04],
  /** half-width of the mouth */
  mouthWidth: [0.29, 0.08],
  /** opening of the mouth */
  mouthOpen: [0.085, 0.08],
  /** positive raises the corners */
  smile: [0.45, 0.65],
  /** half-height of an ear */
  earSize: [0.21, 0.065],
  /** thickness of the hair */
  hairVolume: [0.17, 0.11],
  /** how far the hair hangs down behind */
  hairLength: [0.85, 0.75],
  /** how far the hair covers the forehead */
  fringe: [0.17, 0.14],
  /** where the hair is parted, in half-widths of the face */
  hairPart: [0, 0.6],
  /** half-width of the shoulders, fraction of the picture */
  shoulderWidth: [0.36, 0.055],
  /** shift of the body against the head, fraction of the picture */
  shoulderShift: [0, 0.06],
} as const satisfies Record<string, ParameterRange>;

/**
 * Appearance: colours, light and texture, nothing that moves a landmark. All values are dimensionless and lie in [-1,
 * 1]; what they mean in colours is the matter of the palette.
 * In the order in which a latent gives them, after geometry.
 */
export const appearanceNames = [
  'skinTone',
  'skinWarmth',
  'blush',
  'freckles',
  'hairLightness',
  'hairRed',
  'hairYellow',
  'strands',
  'irisRed',
  'irisYellow',
  'lipDepth',
  'lipRed',
  'backgroundLightness',
  'backgroundRed',
  'backgroundYellow',
  'backgroundAccentRed',
  'backgroundAccentYellow',
  'backgroundDots',
  'backgroundStripes',
  'backgroundFineness',
  'shirtLightness',
  'shirtRed',
  'shirtYellow',
  'shirtAccentRed',
  'shirtAccentYellow',
  'shirtStripes',
  'shirtChecks',
  'light',
] as const;

export type GeometryName = keyof typeof geometryRanges;
export type AppearanceName = (typeof appearanceNames)[number];

/** Where things are: see the ranges in this file for units. */
export type AvatarGeometry = { readonly [name in GeometryName]: number };
/** What things look like: every value in [-1, 1]. */
export type AvatarAppearance = { readonly [name in AppearanceName]: number };
export type AvatarParameters = { readonly geometry: AvatarGeometry; readonly appearance: AvatarAppearance };

export const latentDimensions = 64;

const parameters = latentParameters({
  ...{ geometryRanges, appearanceNames, latentDimensions },
  geometryLimit: 1.5,
  start: 'avatarFromLatent',
});

/** Names of the geometry parameters, in the order in which a latent gives them. */
export const geometryNames: readonly GeometryName[] = parameters.geometryNames;
export const geometryDimensions = geometryNames.length;
export const appearanceDimensions = appearanceNames.length;

/**
 * Refuses geometry that lacks a parameter, is not finite, or is far outside of the range that the projection is made
 * for; and appearance that lacks one, or lies outside of [-1.5, 1.5].
 */
export const { checkGeometry, checkAppearance } = parameters;

export { checkResolution } from '@autodrag/rendered-domain';

/**
 * The limits within which `avatarFromLatent` keeps a parameter: its middle plus and minus its amplitude. Editors want
 * them for sliders; the renderer accepts half as much again.
 */
export function geometryRange(name: GeometryName): { minimum: number; maximum: number } {
  return parameters.geometryRange(name);
}

/**
 * Geometry from a latent: entry i of `geometryNames` is `middle + amplitude tanh(0.9 z[i])`, smooth and monotone.
 *
 * @param z `[64]`, about normal; this function reads the first `geometryDimensions` values
 * @throws InvalidArgumentError for another length or a value that is not finite
 */
export function geometryFromLatent(z: ArrayLike<number>): AvatarGeometry {
  return parameters.geometryFromLatent(z);
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
