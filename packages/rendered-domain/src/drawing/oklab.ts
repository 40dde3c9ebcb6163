/** sRGB, each in [0, 1]. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Smooth clamp to [0, 1]: the identity inside, up to a rounding of the corners. */
function softClamp(x: number): number {
  const k = 0.02;
  const low = 0.5 * (x + Math.sqrt(x * x + k * k));
  const y = 1 - low;
  return 1 - 0.5 * (y + Math.sqrt(y * y + k * k));
}

const gamma = (x: number): number => (x <= 0.0031308 ? 12.92 * x : 1.055 * x ** (1 / 2.4) - 0.055);

/** Oklab (Ottosson 2020) to sRGB: equal steps look equal, so that a latent walk has no sudden colour change. */
export function oklab(lightness: number, a: number, b: number): Colour {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    gamma(softClamp(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s)),
    gamma(softClamp(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s)),
    gamma(softClamp(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s)),
  ];
}
