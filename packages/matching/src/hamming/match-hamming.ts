import { InvalidArgumentError } from '@autodrag/nn';
import { type HammingMatches, type HammingMethod, nearestHamming } from './nearest-hamming.js';

/** Options of `matchHamming`. */
export type MatchHammingOptions = {
  /** WebAssembly (with JavaScript where that is not to be had), or JavaScript. @default 'wasm' */
  method?: HammingMethod;
};

/**
 * Brute-force matching of 256-bit binary descriptors: for each query the train descriptor with the fewest differing
 * bits, the first one on a tie, like OpenCV's `BFMatcher(NORM_HAMMING)`.
 *
 * @param queries `[n * 32]`, 32 bytes a descriptor
 * @param train `[m * 32]`
 * @returns index and distance for each of the n queries; both empty if either set is empty
 * @throws InvalidArgumentError if a length is not a multiple of 32
 */
export function matchHamming(
  queries: Uint8Array,
  train: Uint8Array,
  { method = 'wasm' }: MatchHammingOptions = {},
): HammingMatches {
  for (const [name, bytes] of [
    ['queries', queries],
    ['train', train],
  ] as const) {
    if (bytes.length % 32 !== 0) {
      throw new InvalidArgumentError(
        `matchHamming: ${name}: expected 32 bytes a descriptor, got ${bytes.length} bytes`,
      );
    }
  }
  if (queries.length === 0 || train.length === 0) {
    return { indices: new Int32Array(0), distances: new Int32Array(0) };
  }
  return nearestHamming(queries, train, method);
}
