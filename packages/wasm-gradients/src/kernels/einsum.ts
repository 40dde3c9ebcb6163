import {
  backend_util,
  type EinsumAttrs,
  getKernel,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type Tensor,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../wasm-backend.js';

/**
 * Einstein's summation, by transposes, products and sums of the backend: the steps that tfjs-core's helpers plan, as on
 * the other backends.
 */
export function einsum(
  backend: WasmBackend,
  inputs: Record<string, TensorInfo>,
  { equation }: EinsumAttrs,
): TensorInfo {
  const tensors = Object.values(inputs);
  const { allDims, summedDims, idDims } = backend_util.decodeEinsumEquation(equation, tensors.length);
  backend_util.checkEinsumDimSizes(allDims.length, idDims, tensors as Tensor[]);
  const { path, steps } = backend_util.getEinsumComputePath(summedDims, idDims);
  const made: TensorInfo[] = [];
  const run = (kernel: string, kernelInputs: NamedTensorInfoMap, attrs: NamedAttrMap = {}): TensorInfo => {
    const result = getKernel(kernel, 'wasm')!.kernelFunc({ inputs: kernelInputs, backend, attrs }) as TensorInfo;
    made.push(result);
    return result;
  };
  let out: TensorInfo | undefined;
  let remaining = allDims.length;
  for (const [index, terms] of steps.entries()) {
    for (const term of terms) {
      const { permutationIndices: perm, expandDims } = backend_util.getEinsumPermutation(remaining, idDims[term]!);
      let x = tensors[term]!;
      if (!backend_util.isIdentityPermutation(perm)) x = run('Transpose', { x }, { perm });
      const shape = [...x.shape];
      for (const axis of expandDims) shape.splice(axis, 0, 1);
      if (!util.arraysEqual(x.shape, shape)) x = run('Reshape', { x }, { shape });
      out = out === undefined ? x : run('Multiply', { a: x, b: out });
    }
    if (index < steps.length - 1) {
      if (path[index]! >= 0) {
        out = run('Sum', { x: out! }, { axis: path[index]! - (allDims.length - remaining), keepDims: false });
      }
      remaining--;
    }
  }
  // what only reshapes shares the data of its input and holds a reference to it, so each is let go once
  for (const tensor of made) if (tensor !== out) backend.disposeData(tensor.dataId);
  return made.includes(out!) ? out! : run('Identity', { x: out! });
}
