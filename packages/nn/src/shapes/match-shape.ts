import { ShapeError } from '../errors/errors.js';

/** One axis of a pattern: an exact size, a name that binds, or a leading `'...'` for any number of axes. */
export type ShapePattern = readonly (number | string)[];

/** The sizes that a pattern's names were bound to. */
export type MatchedShape<P extends ShapePattern> = { [Name in Exclude<Extract<P[number], string>, '...'>]: number };

/**
 * Checks a shape against a pattern and returns the sizes of its named axes.
 * A number must be met exactly; a name binds to whatever is there, and must bind to the same size each time it occurs
 * in the pattern; `'...'` as the first entry stands for any number of leading axes.
 *
 * ```ts
 * const { I } = matchShape(weight.shape, ['kh', 'kw', 'I', 'O'], 'demodulation: weight');
 * matchShape(style.shape, ['N', I], 'demodulation: style'); // throws "demodulation: style: expected [N, 8], got [1,
 * 4]" ```
 *
 * @param where function and argument, put in front of the message
 * @throws ShapeError if the shape does not match
 */
export function matchShape<const P extends ShapePattern>(
  actual: readonly number[],
  pattern: P,
  where: string,
): MatchedShape<P> {
  const open = pattern[0] === '...';
  const fixed = open ? pattern.slice(1) : pattern;
  const skip = actual.length - fixed.length;
  const sizes: Record<string, number> = {};
  let matches = open ? skip >= 0 : skip === 0;
  for (let axis = 0; matches && axis < fixed.length; axis++) {
    const want = fixed[axis]!;
    const got = actual[axis + skip]!;
    if (typeof want === 'number') matches = want === got;
    else if (sizes[want] === undefined) sizes[want] = got;
    else matches = sizes[want] === got;
  }
  if (!matches) throw new ShapeError(`${where}: expected [${pattern.join(', ')}], got [${actual.join(', ')}]`);
  return sizes as MatchedShape<P>;
}
