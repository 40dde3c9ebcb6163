/** See `fourierFeatures`. */
export function fourierOnHost(rows: readonly (readonly number[])[], frequencies: number): Float32Array {
  const d = rows[0]?.length ?? 0;
  const out = new Float32Array(rows.length * d * (1 + 2 * frequencies));
  let at = 0;
  for (const x of rows) {
    out.set(x, at);
    at += d;
    for (const value of x) {
      for (let k = 0, octave = 1; k < frequencies; k++, octave *= 2, at++) {
        const angle = Math.PI * octave * value;
        out[at] = Math.sin(angle) / octave;
        out[at + d * frequencies] = Math.cos(angle) / octave;
      }
    }
    at += d * frequencies;
  }
  return out;
}
