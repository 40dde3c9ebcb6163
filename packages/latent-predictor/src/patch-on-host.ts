/**
 * The patch of `extractPatches` around one place of a feature map in ordinary memory.
 *
 * @param values `[height * width * channels]`
 * @param place in pixels of the map
 * @param patch `[size² * channels]`, written
 */
export function patchOnHost(
  values: Float32Array,
  { height, width, channels }: { height: number; width: number; channels: number },
  place: { x: number; y: number },
  size: number,
  patch: Float32Array,
): void {
  const [left, top] = [Math.floor(place.x), Math.floor(place.y)];
  const [right, down] = [place.x - left, place.y - top];
  const half = (size - 1) / 2;
  const within = (value: number, length: number) => Math.min(Math.max(value, 0), length - 1);
  const at = (column: number, row: number) => (within(row, height) * width + within(column, width)) * channels;
  let to = 0;
  for (let row = top - half; row <= top + half; row++) {
    for (let column = left - half; column <= left + half; column++) {
      const [a, b] = [at(column, row), at(column + 1, row)];
      const [c, d] = [at(column, row + 1), at(column + 1, row + 1)];
      for (let i = 0; i < channels; i++) {
        const first = values[a + i]! + down * (values[c + i]! - values[a + i]!);
        const second = values[b + i]! + down * (values[d + i]! - values[b + i]!);
        patch[to++] = first + right * (second - first);
      }
    }
  }
}
