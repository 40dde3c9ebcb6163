import { type _FusedMatMulAttrs, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { activate, addBias } from '../activate.js';
import { holdsFinite } from '../elements.js';
import type { KernelInputs, WasmBackend } from '../wasm-backend.js';
import { batchMatMul, reusableId } from './batch-mat-mul.js';

type FusedInputs = KernelInputs<'a' | 'b'> & { bias?: TensorInfo; preluActivationWeights?: TensorInfo };

/**
 * `activation(a * b + bias)`. The original is right for one untransposed pair, which goes to XNNPACK. For all others
 * it adds the bias, and clamps to relu's range, once for every 48 summands, and gives every row after the first the
 * last element of the bias; a bias of one element is read past its end, and NaN is lost in the clamping.
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
  const n = transposeB ? b.shape.at(-2)! : b.shape.at(-1)!;
  const perColumn = [bias, slopes].every((tensor) => tensor === undefined || util.sizeFromShape(tensor.shape) === n);
  const ordinary =
    onePair &&
    perColumn &&
    (bias === undefined || bias.shape.length === 1) &&
    util.sizeFromShape(a.shape) * util.sizeFromShape(b.shape) > 0 &&
    [a, b, bias, slopes].every((tensor) => tensor?.dtype !== 'int32' && holdsFinite(backend, tensor));
  if (ordinary && reusableId(backend, b, b.shape[1]!, b.shape[2]!) !== undefined) return undefined;
  const out = batchMatMul(backend, { a, b }, { transposeA, transposeB });
  addBias(backend, out, bias);
  return activate(backend, 'fused.matMul', out, activation, slopes, leakyreluAlpha);
}
