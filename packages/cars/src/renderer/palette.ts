import { oklab } from '@autodrag/rendered-domain';
import type { CarAppearance } from './parameters.js';

const mix = (x: number, y: number, t: number): number => x + (y - x) * t;
/** [-1, 1] to [low, high] */
const range = (t: number, low: number, high: number): number => mix(low, high, 0.5 + 0.5 * t);

/** Every colour and texture strength that a picture needs. */
export type Palette = ReturnType<typeof createPalette>;

export function createPalette(a: CarAppearance) {
  const paintL = range(a.paintLightness, 0.4, 0.82);
  const paintA = 0.15 * a.paintRed;
  const paintB = 0.13 * a.paintYellow;
  const roofL = mix(paintL, range(a.roofLightness, 0.25, 0.95), 0.85);
  const stripeL = range(a.stripeLightness, 0.3, 0.97);
  const rimL = range(a.rimLightness, 0.5, 0.93);
  const glassL = range(a.glassLightness, 0.27, 0.5);
  const skyL = range(a.skyLightness, 0.76, 0.92);
  const skyA = 0.05 * a.skyRed;
  const skyB = -0.035 + 0.06 * a.skyYellow;
  const hillsL = range(a.hillsLightness, 0.5, 0.74);
  const hillsA = -0.045 + 0.075 * a.hillsRed;
  const hillsB = 0.06 + 0.07 * a.hillsYellow;
  const roadL = range(a.roadLightness, 0.38, 0.68);
  const roadB = 0.012 + 0.03 * a.roadWarmth;
  return {
    paint: oklab(paintL, paintA, paintB),
    paintLight: oklab(paintL + 0.12, paintA * 0.75, paintB * 0.8),
    paintShade: oklab(paintL - 0.13, paintA, paintB),
    paintDeep: oklab(paintL - 0.25, paintA * 0.8, paintB * 0.8),
    roof: oklab(roofL, paintA * 0.35, paintB * 0.35),
    roofStrength: 0.5 + 0.5 * Math.tanh(2.5 * a.roofContrast - 0.8),
    stripe: oklab(stripeL, -0.3 * paintA + 0.01, -0.3 * paintB + 0.01),
    stripeStrength: 0.5 + 0.5 * Math.tanh(2.5 * a.stripe - 0.6),
    decalStrength: range(a.decals, 0.1, 1),
    cladding: oklab(0.28, 0, 0),
    claddingStrength: range(a.cladding, 0.25, 1),
    rubber: oklab(0.2, 0, 0.004),
    rubberLight: oklab(0.31, 0, 0.004),
    hollow: oklab(0.11, 0, 0),
    rim: oklab(rimL, 0.003, -0.006),
    rimShade: oklab(rimL - 0.2, 0.003, -0.006),
    rimDark: oklab(0.24, 0, 0),
    spokeStrength: range(a.rimSpokes, 0.45, 1),
    spokeFineness: 0.5 + 0.5 * Math.tanh(2.2 * a.rimFineness),
    glass: oklab(glassL, -0.012 + 0.02 * a.glassTint, -0.02 + 0.022 * a.glassTint),
    glassLight: oklab(glassL + 0.3, -0.012, -0.02),
    glassShade: oklab(glassL - 0.12, -0.006, -0.012),
    headlight: oklab(0.93, 0.002, 0.02 + 0.05 * a.headlightWarmth),
    headlightRim: oklab(0.5, 0, 0),
    taillight: oklab(0.52, 0.19, 0.1),
    taillightLight: oklab(0.68, 0.17, 0.1),
    chrome: oklab(0.86, 0, -0.004),
    sky: oklab(skyL, skyA, skyB),
    skyLow: oklab(skyL + 0.06, skyA * 0.4 + 0.008, skyB * 0.3 + 0.012),
    cloud: oklab(0.97, 0.002, 0.004),
    cloudStrength: range(a.clouds, 0.1, 0.95),
    hills: oklab(hillsL, hillsA, hillsB),
    hillsFar: oklab(mix(hillsL, skyL, 0.45), mix(hillsA, skyA, 0.4), mix(hillsB, skyB, 0.4)),
    trees: oklab(hillsL - 0.17, hillsA * 1.1, hillsB * 0.9),
    treesLight: oklab(hillsL - 0.06, hillsA * 1.1, hillsB),
    treeStrength: range(a.trees, 0.3, 1),
    road: oklab(roadL, 0.002, roadB),
    roadShade: oklab(roadL - 0.13, 0.002, roadB * 0.8),
    kerb: oklab(roadL + 0.2, 0, roadB),
    marks: oklab(0.93, 0, 0.01 + 0.02 * a.roadWarmth),
    markStrength: range(a.roadMarks, 0.35, 1),
    light: a.light,
  };
}
