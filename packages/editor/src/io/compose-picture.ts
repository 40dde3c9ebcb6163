import type { Picture } from '@autodrag/autodrag';
import type { Stroke } from '../state/document.js';
import { coverageOf } from './coverage.js';

/**
 * The picture on top where the mask is painted, the one below everywhere else, with a soft edge inside the strokes:
 * what is not painted stays as it is, bit by bit.
 */
export function composePicture(below: Picture, top: Picture, mask: readonly Stroke[]): Picture {
  if (!mask.length) return top;
  const { width, height } = below;
  const coverage = coverageOf(mask, { width, height });
  const data = new Uint8ClampedArray(below.data);
  for (let i = 0; i < coverage.length; i++) {
    const share = coverage[i] as number;
    if (share === 0) continue;
    for (let c = 4 * i; c < 4 * i + 3; c++) {
      const from = below.data[c] as number;
      data[c] = from + ((top.data[c] as number) - from) * share;
    }
  }
  return { width, height, data };
}

/** What a drag has to leave as it is, by pixel: 1 where nothing is painted. Undefined where everything may change. */
export function fixedOutside(
  mask: readonly Stroke[],
  size: { width: number; height: number },
): Float32Array<ArrayBuffer> | undefined {
  return mask.length ? coverageOf(mask, size).map((share) => 1 - share) : undefined;
}
