import { largestSize } from '../engine/largest-size.js';
import { SeedError } from '../errors.js';
import { describe } from './describe.js';

/** No generator has codes of such a size: what is larger is no code, and would overflow in its layers. */
const largest = 1e4;

type Size = { readonly numWs: number; readonly wDim: number };

/**
 * A latent code, checked and copied.
 *
 * @param where function and argument, for messages
 * @returns `[numWs * wDim]`
 * @throws SeedError naming what is wrong and the way out
 */
export function readCode(w: unknown, { numWs, wDim }: Size, where: string): Float32Array {
  const size = numWs * wDim;
  const wrong = (got: string) =>
    new SeedError(
      `${where}: expected a Float32Array of ${numWs} × ${wDim} = ${size} finite values, got ${got}. Give the w of a session of the same generator.`,
    );
  if (!(w instanceof Float32Array)) throw wrong(describe(w));
  if (w.length !== size) throw wrong(`${w.length} values`);
  const code = w.slice();
  const most = largestSize(code);
  if (!Number.isFinite(most)) throw wrong('values that are not finite');
  if (most > largest) throw wrong(`values of up to ${most.toPrecision(2)}, where no code has more than ${largest}`);
  return code;
}

/** A list of codes, checked and copied. @throws SeedError */
export function readCodes(codes: unknown, size: Size, where: string): Float32Array[] {
  if (!Array.isArray(codes)) {
    throw new SeedError(`${where}: codes: expected a list of Float32Array, got ${describe(codes)}.`);
  }
  return Array.from({ length: codes.length }, (_, i) => readCode(codes[i], size, `${where}: codes[${i}]`));
}
