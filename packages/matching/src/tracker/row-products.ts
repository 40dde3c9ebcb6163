import { createHost, type Host } from '@autodrag/nn/host';

/** Products of rows, `Host`'s. */
export type RowProducts = Pick<Host, 'multiplyRows' | 'neighborProducts'>;

let host: RowProducts | undefined;

/** By WebAssembly; plainly where it cannot be compiled. One memory for all trackers: nothing stays in it. */
export function rowProducts(): RowProducts {
  host ??= createHost() ?? plainProducts;
  return host;
}

export const plainProducts: RowProducts = {
  multiplyRows(x, y, size) {
    const [rows, others] = [x.length / size, y.length / size];
    const result = new Float32Array(rows * others);
    for (let row = 0, at = 0; row < rows; row++) {
      for (let other = 0; other < others; other++, at++) result[at] = product(x, row * size, y, other * size, size);
    }
    return result;
  },
  neighborProducts(x, size, steps) {
    const rows = x.length / size;
    return steps.map((step) => {
      const result = new Float32Array(Math.max(rows - step, 0));
      for (let row = 0; row < result.length; row++) result[row] = product(x, row * size, x, (row + step) * size, size);
      return result;
    });
  },
};

function product(x: Float32Array, first: number, y: Float32Array, second: number, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += x[first + i]! * y[second + i]!;
  return sum;
}
