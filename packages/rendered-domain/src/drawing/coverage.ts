/** x held between 0 and 1. */
export const clamp01 = (x: number): number => (x < 0 ? 0 : Math.min(x, 1));

/** Coverage of a line of this width at this distance from its middle, in pixels: thinner than a pixel it gets paler. */
export const stroke = (distance: number, width: number): number =>
  width >= 1 ? clamp01(0.5 + 0.5 * width - Math.abs(distance)) : width * clamp01(1 - Math.abs(distance));

/** From 0 to 1 as x goes from 0 to 1, flat at both ends. */
export const smooth = (x: number): number => (x <= 0 ? 0 : x >= 1 ? 1 : x * x * (3 - 2 * x));

/** What a box filter of one pixel leaves of a wave with this period in pixels. */
export function fade(period: number): number {
  const x = Math.PI / period;
  return x >= Math.PI ? 0 : Math.sin(x) / x;
}
