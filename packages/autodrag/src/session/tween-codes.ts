/**
 * The codes of a motion with others between them, on the straight line from one to the next: for a smoother animation.
 *
 * @param pieces into which each way from one code to the next is cut
 */
export function tweenCodes(codes: readonly Float32Array[], pieces: number): Float32Array[] {
  const result: Float32Array[] = [];
  for (let i = 0; i + 1 < codes.length; i++) {
    const from = codes[i] as Float32Array;
    const to = codes[i + 1] as Float32Array;
    for (let piece = 0; piece < pieces; piece++) {
      const share = piece / pieces;
      result.push(from.map((value, k) => value + ((to[k] as number) - value) * share));
    }
  }
  const last = codes.at(-1);
  return last ? [...result, last] : result;
}
