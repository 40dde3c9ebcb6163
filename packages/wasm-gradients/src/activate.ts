import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core';
import { broadcastIndices, floats } from './elements.js';
import { WasmGradientsError } from './errors.js';
import type { WasmBackend } from './wasm-backend.js';

/** Adds a bias that broadcasts to the shape of `out`, in place. */
export function addBias(backend: WasmBackend, out: TensorInfo, bias: TensorInfo | undefined): void {
  if (bias === undefined) return;
  const [values, added] = [floats(backend, out), floats(backend, bias)];
  const n = out.shape.at(-1)!;
  if (bias.shape.length === 1 && bias.shape[0] === n) {
    for (let row = 0; row < values.length; row += n) {
      for (let j = 0; j < n; j++) values[row + j] = values[row + j]! + added[j]!;
    }
    return;
  }
  const indices = broadcastIndices(bias.shape, out.shape);
  for (let i = 0; i < values.length; i++) values[i] = values[i]! + added[indices[i]!]!;
}

/**
 * Applies the activation of a fused kernel, in place.
 *
 * @returns `out`
 * @throws WasmGradientsError if there is no such activation; `out` is disposed then
 */
export function activate(
  backend: WasmBackend,
  kernel: string,
  out: TensorInfo,
  activation: backend_util.Activation | undefined,
  slopes: TensorInfo | undefined,
  alpha = 0.2,
): TensorInfo {
  if (activation === undefined || activation === 'linear') return out;
  const values = floats(backend, out);
  if (activation === 'prelu') {
    const [factors, indices] = [floats(backend, slopes!), broadcastIndices(slopes!.shape, out.shape)];
    for (let i = 0; i < values.length; i++) if (values[i]! < 0) values[i] = values[i]! * factors[indices[i]!]!;
    return out;
  }
  const apply = activations(alpha)[activation];
  if (apply === undefined) {
    backend.disposeData(out.dataId);
    throw new WasmGradientsError('WASM_KERNEL_ARGUMENT', `${kernel}: no activation '${activation}' on wasm.`);
  }
  for (let i = 0; i < values.length; i++) values[i] = apply(values[i]!);
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
