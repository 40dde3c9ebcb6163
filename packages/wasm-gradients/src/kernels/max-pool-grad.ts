import { backend_util, type MaxPoolGradAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import { type KernelInputs, offsetOf, type WasmBackend } from '../wasm-backend';

/**
 * Gradient of `maxPool`: dy goes to the first largest value of each window. The original starts its search at the
 * smallest *positive* float, so the gradient of a window without positive values was lost.
 */
export function maxPoolGrad(
  backend: WasmBackend,
  inputs: KernelInputs<'dy' | 'input'>,
  attrs: MaxPoolGradAttrs,
): TensorInfo {
  const { dy, input } = inputs;
  const { filterSize, strides, pad, dimRoundingMode } = attrs;
  const shape = input.shape as [number, number, number, number];
  const info = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  const { batchSize, inHeight: H, inWidth: W, inChannels: C, outHeight, outWidth, padInfo } = info;
  const out = backend.makeOutput(input.shape, 'float32');
  const heap = backend.wasm.HEAPF32;
  const [dx, g, x] = [out, dy, input].map((tensor) => offsetOf(backend, tensor) >>> 2) as [number, number, number];
  heap.fill(0, dx, dx + batchSize * H * W * C);
  for (let n = 0; n < batchSize; n++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const top = oy * info.strideHeight - padInfo.top;
      const y0 = Math.max(0, top);
      const y1 = Math.min(H, top + info.filterHeight);
      for (let ox = 0; ox < outWidth; ox++) {
        const left = ox * info.strideWidth - padInfo.left;
        const x0 = Math.max(0, left);
        const x1 = Math.min(W, left + info.filterWidth);
        const from = g + ((n * outHeight + oy) * outWidth + ox) * C;
        for (let c = 0; c < C; c++) {
          let best = Number.NEGATIVE_INFINITY;
          let position = -1;
          for (let y = y0; y < y1; y++) {
            for (let column = x0; column < x1; column++) {
              const at = ((n * H + y) * W + column) * C + c;
              if (heap[x + at]! > best) {
                best = heap[x + at]!;
                position = at;
              }
            }
          }
          if (position >= 0) heap[dx + position] = heap[dx + position]! + heap[from + c]!;
        }
      }
    }
  }
  return out;
}
