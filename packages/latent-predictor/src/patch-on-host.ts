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
  const line = new Float32Array((size + 1) * channels); // of cells mixed from two rows
  for (let row = top - half, to = 0; row <= top + half; row++) {
    for (let k = 0, i = 0; k <= size; k++) {
      const [upper, lower] = [at(left - half + k, row), at(left - half + k, row + 1)];
      for (let c = 0; c < channels; c++, i++) {
        const value = values[upper + c]!;
        line[i] = value + down * (values[lower + c]! - value);
      }
    }
    for (let i = 0; i < size * channels; i++, to++) patch[to] = line[i]! + right * (line[i + channels]! - line[i]!);
  }
}
