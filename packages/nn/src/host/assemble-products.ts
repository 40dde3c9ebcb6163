// A WebAssembly module of a few hundred bytes, written here: no toolchain, nothing to download.

const [v128, i32] = [0x7b, 0x7f];
const simd = 0xfd;

/**
 * Rows of x that one pass over the weights serves: twelve sums, two columns of weights and one x fill the registers.
 */
export const rowsAtOnce = 6;
/** Columns of a panel of weights: two vectors. */
export const panelColumns = 8;

/** Unsigned LEB128. */
function number(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...number(value >>> 7)];
}

function vector(items: readonly number[][]): number[] {
  return [...number(items.length), ...items.flat()];
}

function section(id: number, content: number[]): number[] {
  return [id, ...number(content.length), ...content];
}

const get = (local: number) => [0x20, ...number(local)];
const set = (local: number) => [0x21, ...number(local)];
/** `local += amount`, in bytes. */
const advance = (local: number, amount: number) => [...get(local), 0x41, ...signed(amount), 0x6a, ...set(local)];
/** `local -= 1`, and back to the loop's beginning unless it is 0. */
const repeat = (local: number) => [...get(local), 0x41, 1, 0x6b, 0x22, ...number(local), 0x0d, 0];
const load = (offset: number) => [simd, 0x00, 4, ...number(offset)];
const loadSplat = (offset: number) => [simd, 0x09, 2, ...number(offset)];
const store = (offset: number) => [simd, 0x0b, 4, ...number(offset)];
const zero = [simd, 0x0c, ...new Array<number>(16).fill(0)];
const add = [simd, 0xe4, 0x01];
const multiply = [simd, 0xe6, 0x01];
const multiplyAdd = [simd, 0x85, 0x02]; // relaxed SIMD

/** Signed LEB128 of a small positive number. */
function signed(value: number): number[] {
  return value < 64 ? [value] : [(value & 127) | 128, ...signed(value >>> 7)];
}

/**
 * `(x, weights, out, inputs, panels)`: products of `rows` rows. x lies as `[inputs][rows]`, weights as
 * `[panels][inputs][8]`, out as `[panels][rows][8]`, so that every address is a pointer and a constant.
 */
function product(rows: number, fused: boolean): number[] {
  const [x, weights, out, inputs, panels, i, at] = [0, 1, 2, 3, 4, 5, 6];
  const sum = (row: number, half: number) => 7 + 2 * row + half;
  const columns = [7 + 2 * rows, 8 + 2 * rows] as const;
  const value = 9 + 2 * rows;
  const each = <T>(f: (row: number, half: number) => T[]): T[] =>
    Array.from({ length: 2 * rows }, (_, k) => f(k >> 1, k & 1)).flat();
  const body = [
    ...[0x03, 0x40], // loop over panels
    ...each((row, half) => [...zero, ...set(sum(row, half))]),
    ...[...get(inputs), ...set(i), ...get(x), ...set(at)],
    ...[0x03, 0x40], // loop over inputs
    ...[...get(weights), ...load(0), ...set(columns[0]), ...get(weights), ...load(16), ...set(columns[1])],
    ...Array.from({ length: rows }, (_, row) => [
      ...[...get(at), ...loadSplat(4 * row), ...set(value)],
      ...columns.flatMap((column, half) =>
        fused
          ? [...get(value), ...get(column), ...get(sum(row, half)), ...multiplyAdd, ...set(sum(row, half))]
          : [...get(value), ...get(column), ...multiply, ...get(sum(row, half)), ...add, ...set(sum(row, half))],
      ),
    ]).flat(),
    ...[...advance(weights, 4 * panelColumns), ...advance(at, 4 * rows), ...repeat(i), 0x0b],
    ...each((row, half) => [...get(out), ...get(sum(row, half)), ...store(32 * row + 16 * half)]),
    ...[...advance(out, 4 * panelColumns * rows), ...repeat(panels), 0x0b],
    0x0b,
  ];
  const locals = vector([
    [2, i32],
    [2 * rows + 3, v128],
  ]);
  return [...number(locals.length + body.length), ...locals, ...body];
}

/** The module: it imports `host.memory` and exports `one` and `many`, the products of one row and of `rowsAtOnce`. */
export function assembleProducts(fused: boolean): Uint8Array<ArrayBuffer> {
  const name = (text: string) => [text.length, ...new TextEncoder().encode(text)];
  const type = [0x60, ...vector(new Array<number[]>(5).fill([i32])), 0];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([type])),
    ...section(2, vector([[...name('host'), ...name('memory'), 2, 0, 1]])),
    ...section(3, vector([[0], [0]])),
    ...section(
      7,
      vector([
        [...name('one'), 0, 0],
        [...name('many'), 0, 1],
      ]),
    ),
    ...section(10, vector([product(1, fused), product(rowsAtOnce, fused)])),
  ]);
}
