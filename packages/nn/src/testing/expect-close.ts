import * as tf from '@tensorflow/tfjs-core';

/** Numbers in any form that a test has at hand. Nested arrays are read in order. */
export type Numbers = tf.Tensor | number | ArrayLike<number> | readonly Numbers[];

/**
 * Throws unless `|actual − expected| <= tolerance · max(1, |expected|)` everywhere. If both are tensors, or `expected`
 * is one, shapes must agree too. NaN is close to NaN alone, and infinities to themselves.
 */
export function expectClose(actual: Numbers, expected: Numbers, tolerance = 1e-5): void {
  if (actual instanceof tf.Tensor && expected instanceof tf.Tensor) {
    const [got, want] = [actual.shape.join(', '), expected.shape.join(', ')];
    if (got !== want) throw new Error(`expectClose: expected shape [${want}], got [${got}]`);
  }
  const got = flatten(actual);
  const want = flatten(expected);
  if (got.length !== want.length) throw new Error(`expectClose: expected ${want.length} numbers, got ${got.length}`);
  let worst = -1;
  let worstError = 0;
  let wrong = 0;
  for (let i = 0; i < got.length; i++) {
    const a = got[i]!;
    const b = want[i]!;
    if (Object.is(a, b) || a === b) continue;
    const error = Math.abs(a - b) / Math.max(1, Math.abs(b));
    if (error <= tolerance) continue;
    wrong++;
    if (worst < 0 || !(error <= worstError)) {
      worst = i;
      worstError = error;
    }
  }
  if (worst >= 0) {
    throw new Error(
      `expectClose: ${wrong} of ${got.length} numbers differ by more than ${tolerance}; the worst is number ${worst}: expected ${want[worst]}, got ${got[worst]}`,
    );
  }
}

function flatten(numbers: Numbers): ArrayLike<number> {
  if (typeof numbers === 'number') return [numbers];
  if (numbers instanceof tf.Tensor) return numbers.dataSync() as ArrayLike<number>;
  if (Array.isArray(numbers)) return numbers.flatMap((entry: Numbers) => Array.from(flatten(entry)));
  return numbers as ArrayLike<number>;
}
