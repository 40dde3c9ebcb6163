import { latentParameters, type ParameterRange } from '@autodrag/rendered-domain';

/**
 * Geometry: everything that moves a point of the picture. The car drives to the right. Its lengths are in *car units*,
 * about metres, its heights above the road; front and rear have parameters of their own, so that one moves without the
 * other.
 */
const geometryRanges = {
  /** middle of the car, fraction of the width */
  carX: [0.5, 0.035],
  /** where the wheels stand, fraction of the height */
  roadY: [0.72, 0.06],
  /** the car unit, fraction of the picture */
  scale: [0.176, 0.012],
  /** slope of the road, radians; positive is downhill */
  tilt: [0, 0.11],
  /** axles, from the middle of the car */
  rearAxle: [-1.28, 0.17],
  frontAxle: [1.28, 0.17],
  rearWheel: [0.33, 0.055],
  frontWheel: [0.33, 0.055],
  /** gap between tyre and arch */
  rearArch: [0.065, 0.03],
  frontArch: [0.065, 0.03],
  /** from the axle to the tip of the bumper */
  rearOverhang: [0.82, 0.2],
  frontOverhang: [0.82, 0.15],
  /** lower edge of the body */
  rearSill: [0.29, 0.07],
  frontSill: [0.29, 0.07],
  /** tips of the bumpers */
  rearBumper: [0.55, 0.09],
  frontBumper: [0.53, 0.09],
  /** how far the bumpers recede below their tips */
  rearApron: [0.13, 0.08],
  frontApron: [0.14, 0.09],
  /** front edge of the bonnet: height, and how far behind the bumper */
  noseHeight: [0.83, 0.12],
  noseSlant: [0.15, 0.1],
  bonnetLength: [1.0, 0.26],
  /** foot of the windscreen */
  cowlHeight: [1.0, 0.1],
  /** how far the windscreen leans back */
  windscreen: [0.66, 0.3],
  frontRoof: [1.49, 0.19],
  rearRoof: [1.47, 0.22],
  /** bulge of the roof's middle */
  crown: [0.065, 0.045],
  /** from the tail to the end of the roof: little for a van, much for a pick-up */
  roofEnd: [0.95, 0.78],
  /** where the rear window meets the deck, from the end of the roof (0) to the tail (1) */
  rearFoot: [0.62, 0.33],
  deckHeight: [1.02, 0.13],
  /** how far the tail's edge lies below the deck, and ahead of the bumper */
  tailDrop: [0.07, 0.06],
  tailSlant: [0.09, 0.08],
  /** widths of the pillars beside the glass */
  frontPillar: [0.12, 0.05],
  rearPillar: [0.26, 0.15],
  /** rise of the windows' lower edge toward the rear */
  beltRise: [0.01, 0.07],
  /** roof above the glass */
  header: [0.12, 0.035],
  /** the pillar between the doors, from the rear of the glass (0) to its front (1) */
  middlePillar: [0.5, 0.1],
  mirror: [0.14, 0.09],
  mirrorSize: [0.105, 0.03],
  headlightLength: [0.36, 0.15],
  headlightHeight: [0.1, 0.04],
  taillightLength: [0.24, 0.13],
  taillightHeight: [0.17, 0.08],
  /** front edge of the front door, behind the windscreen's foot */
  doorEdge: [0.16, 0.1],
  /** handles and the crease of the flank */
  crease: [0.8, 0.06],
} as const satisfies Record<string, ParameterRange>;

/**
 * Appearance: colours, light and texture, nothing that moves a landmark. All values are dimensionless and lie in [-1,
 * 1]; what they mean in colours is the matter of the palette.
 * In the order in which a latent gives them, after geometry.
 */
export const appearanceNames = [
  'paintLightness',
  'paintRed',
  'paintYellow',
  'roofLightness',
  'roofContrast',
  'stripe',
  'stripeLightness',
  'decals',
  'cladding',
  'rimLightness',
  'rimSpokes',
  'rimFineness',
  'glassTint',
  'glassLightness',
  'skyLightness',
  'skyRed',
  'skyYellow',
  'hillsLightness',
  'hillsRed',
  'hillsYellow',
  'trees',
  'clouds',
  'roadLightness',
  'roadWarmth',
  'roadMarks',
  'headlightWarmth',
  'light',
] as const;

export type GeometryName = keyof typeof geometryRanges;
export type AppearanceName = (typeof appearanceNames)[number];

/** Where things are: see the ranges in this file for units. */
export type CarGeometry = { readonly [name in GeometryName]: number };
/** What things look like: every value in [-1, 1]. */
export type CarAppearance = { readonly [name in AppearanceName]: number };
export type CarParameters = { readonly geometry: CarGeometry; readonly appearance: CarAppearance };

export const latentDimensions = 72;

const parameters = latentParameters({
  ...{ geometryRanges, appearanceNames, latentDimensions },
  geometryLimit: 1.15,
  start: 'carFromLatent',
});

/** Names of the geometry parameters, in the order in which a latent gives them. */
export const geometryNames: readonly GeometryName[] = parameters.geometryNames;
export const geometryDimensions = geometryNames.length;
export const appearanceDimensions = appearanceNames.length;

/**
 * Refuses geometry that lacks a parameter, is not finite, or is farther from the middle than 1.15 times the amplitude
 * of a latent's: beyond that outlines may cross; and appearance that lacks one, or lies outside of [-1.5, 1.5].
 */
export const { checkGeometry, checkAppearance } = parameters;

/** The limits within which `carFromLatent` keeps a parameter: its middle plus and minus its amplitude. */
export function geometryRange(name: GeometryName): { minimum: number; maximum: number } {
  return parameters.geometryRange(name);
}

/**
 * Geometry from a latent: entry i of `geometryNames` is `middle + amplitude tanh(0.9 z[i])`, smooth and monotone.
 *
 * @param z `[72]`, about normal; this function reads the first `geometryDimensions` values
 * @throws InvalidArgumentError for another length or a value that is not finite
 */
export function geometryFromLatent(z: ArrayLike<number>): CarGeometry {
  return parameters.geometryFromLatent(z);
}

/**
 * Appearance from a latent: entry i of `appearanceNames` is `tanh(0.9 z[geometryDimensions + i])`.
 *
 * @param z `[72]`, about normal; this function reads `appearanceDimensions` values after geometry's
 * @throws InvalidArgumentError for another length or a value that is not finite
 */
export function appearanceFromLatent(z: ArrayLike<number>): CarAppearance {
  return parameters.appearanceFromLatent(z);
}

/**
 * One latent to a whole car. The last `72 - geometryDimensions - appearanceDimensions` values are not read.
 *
 * @param z `[72]`, about normal (mean square 1)
 * @throws InvalidArgumentError for another length or a value that is not finite
 */
export function carFromLatent(z: ArrayLike<number>): CarParameters {
  parameters.checkLatent('carFromLatent', z);
  return { geometry: geometryFromLatent(z), appearance: appearanceFromLatent(z) };
}
