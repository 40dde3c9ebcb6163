import type { _FusedMatMulAttrs, TensorInfo } from '@tensorflow/tfjs-core';
import { WasmGradientsError } from '../errors.js';
import { type KernelInputs, offsetOf, type WasmBackend } from '../wasm-backend.js';
import { batchMatMul, reusableId } from './batch-mat-mul.js';

type FusedInputs = KernelInputs<'a' | 'b'> & { bias?: TensorInfo; preluActivationWeights?: TensorInfo };

/**
 * `activation(a * b + bias)`. The original is right for one untransposed pair, which goes to XNNPACK. For all others
 * it adds the bias, and clamps to relu's range, once for every 48 summands, and gives every row after the first the last
 * element of the bias.
 *
 * @returns undefined where the original kernel is right
 */
export function fusedMatMul(
  backend: WasmBackend,
  inputs: FusedInputs,
  attrs: _FusedMatMulAttrs,
): TensorInfo | undefined {
  const { a, b, bias, preluActivationWeights: slopes } = inputs;
  const { transposeA, transposeB, activation, leakyreluAlpha } = attrs;
  const onePair = !transposeA && !transposeB && a.shape[0] === 1 && b.shape[0] === 1;
  if (onePair && reusableId(backend, b, b.shape[1]!, b.shape[2]!) !== undefined) return undefined;
  if (bias && bias.shape.length > 1) {
    throw new WasmGradientsError(
      'WASM_KERNEL_ARGUMENT',
      `fused.matMul: the wasm backend adds a bias of rank 1 only, got [${bias.shape}]. Use tf.add(tf.matMul(a, b), bias).`,
    );
  }
  const out = batchMatMul(backend, { a, b }, { transposeA, transposeB });
  const heap = backend.wasm.HEAPF32;
  const n = out.shape[out.shape.length - 1]!;
  const start = offsetOf(backend, out) >>> 2;
  const end = start + out.shape.reduce((product, length) => product * length, 1);
  if (bias) {
    const from = offsetOf(backend, bias) >>> 2;
    const step = bias.shape[0] === n ? 1 : 0; // a bias of one element is for all
    for (let row = start; row < end; row += n) {
      for (let j = 0; j < n; j++) heap[row + j] = heap[row + j]! + heap[from + j * step]!;
    }
  }
  if (activation === 'prelu') {
    const from = offsetOf(backend, slopes!) >>> 2;
    const count = slopes!.shape.reduce((product, length) => product * length, 1);
    for (let i = start; i < end; i++) if (heap[i]! < 0) heap[i] = heap[i]! * heap[from + ((i - start) % count)]!;
  } else if (activation !== 'linear') {
    const apply = activations(leakyreluAlpha ?? 0.2)[activation];
    if (apply === undefined) {
      backend.disposeData(out.dataId);
      throw new WasmGradientsError('WASM_KERNEL_ARGUMENT', `fused.matMul: no activation '${activation}' on wasm.`);
    }
    for (let i = start; i < end; i++) heap[i] = apply(heap[i]!);
  }
  return out;
}

function activations(alpha: number): Record<string, (value: number) => number> {
  return {
    relu: (value) => Math.max(0, value),
    relu6: (value) => Math.min(6, Math.max(0, value)),
    leakyrelu: (value) => (value < 0 ? alpha * value : value),
    sigmoid: (value) => 1 / (1 + Math.exp(-value)),
    elu: (value) => (value < 0 ? Math.expm1(value) : value),
  };
}
