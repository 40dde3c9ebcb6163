import type { Colour, Frame } from '@autodrag/rendered-domain';

/**
 * The colour that is being mixed for the current pixel. Typed arrays: plain module variables would box every number.
 */
const ink = new Float64Array(3);

/** Begins with a colour. */
export function start(c: Colour): void {
  ink[0] = c[0];
  ink[1] = c[1];
  ink[2] = c[2];
}

/** Lays a colour over it. */
export function lay(c: Colour, amount: number): void {
  if (amount <= 0) return;
  const a = Math.min(amount, 1);
  ink[0] = ink[0]! + (c[0] - ink[0]!) * a;
  ink[1] = ink[1]! + (c[1] - ink[1]!) * a;
  ink[2] = ink[2]! + (c[2] - ink[2]!) * a;
}

/** Mixes it into a pixel. */
export function blend(out: Float32Array, i: number, coverage: number): void {
  out[i] = out[i]! + (ink[0]! - out[i]!) * coverage;
  out[i + 1] = out[i + 1]! + (ink[1]! - out[i + 1]!) * coverage;
  out[i + 2] = out[i + 2]! + (ink[2]! - out[i + 2]!) * coverage;
}

/** Where a pixel's three values begin. */
export const offsetIn = ({ box }: Frame, i: number, j: number): number =>
  ((j - box.y0) * (box.x1 - box.x0 + 1) + i - box.x0) * 3;
