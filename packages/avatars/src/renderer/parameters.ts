import { latentParameters, type ParameterRange } from '@autodrag/rendered-domain';

/**
 * Geometry: everything that moves a point of the picture. Lengths of the head are in *head units* (half of a face's
 * height, see `scale`), angles in radians, positions in fractions of the picture.
 */
export const geometryRanges = {
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
  /** the chin aside, and with it the skin and the mouth above it */
  jawX: [0, 0.095],
  /** fullness of a cheek: how much wider than the plain face */
  cheekLeft: [0, 0.12],
  cheekRight: [0, 0.12],
  /** half-width of an eye */
  eyeSize: [0.205, 0.035],
  /** distance of an eye from the middle */
  eyeSpacing: [0.4, 0.05],
  /** how far an eye lies over its plain place */
  eyeHeightLeft: [0, 0.045],
  eyeHeightRight: [0, 0.045],
  /** opening of the lids, 1 is plain */
  eyeOpennessLeft: [0.8, 0.5],
  eyeOpennessRight: [0.8, 0.5],
  /** gaze, in iris shifts */
  gazeX: [0, 1],
  gazeY: [0, 1],
  /** height of the brows over the eyes */
  browHeightLeft: [0.31, 0.075],
  browHeightRight: [0.31, 0.075],
  /** positive raises the inner ends */
  browTiltLeft: [0.04, 0.24],
  browTiltRight: [0.04, 0.24],
  /** height of a brow's middle over its ends */
  browCurveLeft: [0.055, 0.06],
  browCurveRight: [0.055, 0.06],
  /** from the eye line to the base of the nose */
  noseLength: [0.38, 0.08],
  /** half-width of the nose */
  noseWidth: [0.135, 0.04],
  /** the lower end of the nose aside: it bends */
  noseX: [0, 0.075],
  /** height of the tip over its plain place, in half-widths of the nose; its wings stay */
  noseLift: [0, 0.38],
  /** half-width of the mouth */
  mouthWidth: [0.29, 0.08],
  /** opening of the mouth */
  mouthOpen: [0.085, 0.08],
  /** the whole mouth aside, and downwards */
  mouthX: [0, 0.065],
  mouthY: [0, 0.06],
  /** positive raises the corner */
  smileLeft: [0.45, 0.65],
  smileRight: [0.45, 0.65],
  /** thickness of the lips */
  lipUpper: [0.062, 0.036],
  lipLower: [0.075, 0.038],
  /** half-height of an ear */
  earSizeLeft: [0.21, 0.065],
  earSizeRight: [0.21, 0.065],
  /** thickness of the hair */
  hairVolumeLeft: [0.17, 0.11],
  hairVolumeRight: [0.17, 0.11],
  /** how much higher the hair's top is than its thickness makes it */
  hairTop: [0, 0.05],
  /** how far the hair hangs down behind */
  hairLengthLeft: [0.85, 0.75],
  hairLengthRight: [0.85, 0.75],
  /** how far the hair covers the forehead */
  fringe: [0.17, 0.14],
  /** where the hair is parted, in half-widths of the face */
  hairPart: [0, 0.6],
  /** half-width of the shoulders, fraction of the picture */
  shoulderWidth: [0.36, 0.055],
  /** shift of the body against the head, fraction of the picture */
  shoulderShift: [0, 0.06],
  /** how far a shoulder is raised, fraction of the picture */
  shoulderHeightLeft: [0, 0.034],
  shoulderHeightRight: [0, 0.034],
  /** depth of the neckline, in radii of the neck */
  collarDepth: [0.66, 0.38],
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

const parameters = latentParameters({
  ...{ geometryRanges, appearanceNames },
  latentDimensions: Object.keys(geometryRanges).length + appearanceNames.length,
  geometryLimit: 1.5,
  start: 'avatarFromLatent',
});

/** Names of the geometry parameters. */
export const geometryNames: readonly GeometryName[] = parameters.geometryNames;
export const appearanceDimensions = appearanceNames.length;

/**
 * Refuses geometry that lacks a parameter, is not finite, or is far outside of the range that the projection is made
 * for; and appearance that lacks one, or lies outside of [-1.5, 1.5].
 */
export const { checkGeometry, checkAppearance } = parameters;

export { checkResolution } from '@autodrag/rendered-domain';

/**
 * The limits of a parameter: its middle plus and minus its amplitude. Editors want them for sliders; no latent leaves
 * them, and the renderer accepts half as much again.
 */
export function geometryRange(name: GeometryName): { minimum: number; maximum: number } {
  return parameters.geometryRange(name);
}
