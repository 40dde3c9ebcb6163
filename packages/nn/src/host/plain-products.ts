import type { Host, HostMatrix } from './create-host.js';
import { uploadTree } from './upload-tree.js';

/** Products of a `Host` in plain JavaScript, a tenth as fast: for where WebAssembly cannot be compiled. */
export function createPlainProducts(): Pick<Host, 'upload' | 'multiply'> {
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
  };
}
