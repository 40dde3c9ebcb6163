/**
 * To the nearest whole number, halves to the even one: how Python rounds, and with it the radii of the published
 * programs.
 */
export function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
