import { oklab } from '@autodrag/rendered-domain';
import type { AvatarAppearance } from './parameters.js';

const mix = (x: number, y: number, t: number): number => x + (y - x) * t;
/** [-1, 1] to [low, high] */
const range = (t: number, low: number, high: number): number => mix(low, high, 0.5 + 0.5 * t);

/** Every colour and texture strength that a picture needs. */
export function createPalette(a: AvatarAppearance) {
  // Skin: a curve through Oklab from porcelain over honey to deep brown.
  const tone = 0.46 + 0.46 * a.skinTone;
  const skinL = mix(0.885, 0.5, tone);
  const skinA = 0.026 + 0.1 * tone * (1 - tone) + 0.02 * tone + 0.012 * a.skinWarmth;
  const skinB = 0.04 + 0.16 * tone * (1 - tone) + 0.018 * tone - 0.01 * a.skinWarmth;
  const lipRed = range(a.lipRed, 0.035, 0.1);
  const lipL = skinL - range(a.lipDepth, 0.09, 0.2);

  const hairL = range(a.hairLightness, 0.26, 0.78);
  const hairA = 0.02 + 0.085 * a.hairRed;
  const hairB = 0.035 + 0.075 * a.hairYellow;
  const irisA = 0.085 * a.irisRed - 0.01;
  const irisB = 0.085 * a.irisYellow - 0.01;

  const backL = range(a.backgroundLightness, 0.68, 0.9);
  const backA = 0.075 * a.backgroundRed;
  const backB = 0.075 * a.backgroundYellow;
  const backAccentA = backA + 0.05 * a.backgroundAccentRed;
  const backAccentB = backB + 0.05 * a.backgroundAccentYellow;
  const shirtL = range(a.shirtLightness, 0.4, 0.72);
  const shirtA = 0.13 * a.shirtRed;
  const shirtB = 0.12 * a.shirtYellow;
  const shirtAccentA = 0.4 * shirtA + 0.08 * a.shirtAccentRed;
  const shirtAccentB = 0.4 * shirtB + 0.08 * a.shirtAccentYellow;

  return {
    skin: oklab(skinL, skinA, skinB),
    skinLight: oklab(skinL + 0.045, skinA * 0.8, skinB * 0.95 + 0.006),
    skinShade: oklab(skinL - 0.115, skinA + 0.028, skinB + 0.008),
    skinDeep: oklab(skinL - 0.22, skinA + 0.04, skinB + 0.012),
    blush: oklab(skinL - 0.07, skinA + 0.07, skinB),
    blushStrength: range(a.blush, 0.08, 0.75),
    freckle: oklab(skinL - 0.16, skinA + 0.022, skinB + 0.03),
    freckleStrength: range(a.freckles, 0.05, 0.72),
    lip: oklab(lipL, skinA + lipRed, skinB * 0.55 + 0.012),
    lipLight: oklab(lipL + 0.07, skinA + lipRed * 0.9, skinB * 0.5 + 0.01),
    lipLine: oklab(lipL - 0.19, skinA + lipRed * 0.55, skinB * 0.5),
    mouth: oklab(0.3, 0.085, 0.03),
    tongue: oklab(0.62, 0.13, 0.04),
    teeth: oklab(0.975, 0, 0.008),
    eyeWhite: oklab(0.975, 0, 0.004),
    eyeWhiteShade: oklab(0.84, 0.005, -0.008),
    iris: oklab(0.55, irisA, irisB),
    irisLight: oklab(0.72, irisA * 1.15, irisB * 1.15),
    irisRim: oklab(0.3, irisA * 0.6, irisB * 0.6),
    pupil: oklab(0.13, 0, 0),
    lash: oklab(0.2 + 0.06 * hairL, 0.01 + 0.2 * hairA, 0.006 + 0.2 * hairB),
    brow: oklab(mix(hairL, 0.32, 0.45) - 0.03, hairA * 0.8, hairB * 0.8),
    hair: oklab(hairL, hairA, hairB),
    hairLight: oklab(hairL + 0.13, hairA * 0.95, hairB * 1.05 + 0.01),
    hairShade: oklab(hairL - 0.095, hairA * 0.95, hairB * 0.85),
    hairBack: oklab(hairL - 0.11, hairA * 0.95, hairB * 0.85),
    hairBackShade: oklab(hairL - 0.19, hairA * 0.85, hairB * 0.75),
    strandStrength: range(a.strands, 0.35, 1),
    background: oklab(backL, backA, backB),
    backgroundAccent: oklab(backL - 0.085, backAccentA, backAccentB),
    backgroundGlow: oklab(backL + 0.07, backA * 0.6, backB * 0.6),
    dotStrength: range(a.backgroundDots, 0.1, 1),
    stripeStrength: range(a.backgroundStripes, 0.05, 0.85),
    fineness: 0.5 + 0.5 * Math.tanh(2.2 * a.backgroundFineness),
    shirt: oklab(shirtL, shirtA, shirtB),
    shirtAccent: oklab(shirtL + 0.2, shirtAccentA, shirtAccentB),
    shirtShade: oklab(shirtL - 0.16, shirtA * 0.9, shirtB * 0.9),
    shirtStripeStrength: range(a.shirtStripes, 0, 0.95),
    shirtCheckStrength: range(a.shirtChecks, 0.15, 0.9),
    light: a.light,
  };
}
