import type { Host, HostMatrix } from './create-host.js';
import { uploadTree } from './upload-tree.js';

/** What plain JavaScript does of a `Host`. */
export type PlainProducts = Pick<Host, 'upload' | 'multiply' | 'multiplyRows' | 'centredProducts' | 'geluWithSlope'>;

/** Products of a `Host` in plain JavaScript, a tenth as fast: for where WebAssembly cannot be compiled. */
export function createPlainProducts(): PlainProducts {
  const matrices: Float32Array[] = [];
  const pack = (values: Float32Array, inputs: number, outputs: number): HostMatrix => ({
    offset: matrices.push(values) - 1,
    inputs,
    outputs,
  });
  return {
    upload: (parameters) => uploadTree(parameters, pack),
    multiply({ offset, inputs, outputs }, x, bias) {
      const weight = matrices[offset]!;
      const rows = x.length / inputs;
      const result = new Float32Array(rows * outputs);
      for (let row = 0, at = 0; row < rows; row++, at += outputs) {
        if (bias) result.set(bias, at);
        for (let i = 0; i < inputs; i++) {
          const value = x[row * inputs + i]!;
          for (let j = 0; j < outputs; j++) result[at + j]! += value * weight[i * outputs + j]!;
        }
      }
      return result;
    },
    multiplyRows,
    centredProducts(x, mean, y, steps) {
      const size = mean.length;
      const centred = x.slice();
      for (let at = 0; at < x.length; at += size) for (let c = 0; c < size; c++) centred[at + c]! -= mean[c]!;
      const behind = steps.map((step) => {
        const result = new Float32Array(Math.max(x.length / size - step, 0));
        for (let row = 0; row < result.length; row++) {
          result[row] = product(centred, row * size, centred, (row + step) * size, size);
        }
        return result;
      });
      return { others: multiplyRows(centred, y, size), behind };
    },
    geluWithSlope(x) {
      // gelu(x) = x s with s = σ(x (A + B x²)), and gelu' = s (1 + (x − gelu(x)) (A + 3 B x²)): see `gelu`
      const slope = new Float32Array(x.length);
      for (let i = 0; i < x.length; i++) {
        const value = x[i]!;
        const share = 1 / (1 + Math.exp(-value * (A + B * value * value)));
        x[i] = value * share;
        slope[i] = share * (1 + (value - value * share) * (A + 3 * B * value * value));
      }
      return slope;
    },
  };
}

const A = 2 * Math.sqrt(2 / Math.PI);
const B = A * 0.044715;

function multiplyRows(x: Float32Array, y: Float32Array, size: number): Float32Array {
  const [rows, others] = [x.length / size, y.length / size];
  const result = new Float32Array(rows * others);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let other = 0; other < others; other++, at++) result[at] = product(x, row * size, y, other * size, size);
  }
  return result;
}

function product(x: Float32Array, first: number, y: Float32Array, second: number, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += x[first + i]! * y[second + i]!;
  return sum;
}
