import type { TensorInfo } from '@tensorflow/tfjs-core';
import { WasmGradientsError } from '../errors.js';
import { type KernelInputs, offsetOf, type WasmBackend, withScratch } from '../wasm-backend.js';
import { styledKernels } from './kernels.js';
import { partsOf } from './parts-of.js';

type ColoursInputs = KernelInputs<'x' | 'style' | 'weight' | 'bias'> & { before?: TensorInfo };

/** A thread with fewer lines has its matrix to make for next to nothing. */
const fewestLines = 16;

/**
 * Kernel `AutodragColours`: `doubled(before) + clip(x · (style · weight) + bias, limit)`, what an RGB layer adds to the
 * picture of the block before. Doubling is by the filter [1, 3, 3, 1] / 4 on each axis, zero outside.
 *
 * @param inputs x `[N, H, W, I]`, style `[N, I]`, weight of `3 I` numbers, `[…, I, 3]`, bias `[3]`, before
 *   `[N, H / 2, W / 2, 3]` if there is one
 * @returns `[N, H, W, 3]`; of shape [0] where that cannot run: see `styledKernels`; and for other than three colours
 */
export function styledColours(
  backend: WasmBackend,
  { x, style, weight, bias, before }: ColoursInputs,
  { limit }: { limit: number },
): TensorInfo {
  const kernels = styledKernels(backend);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  if (!kernels || bias.shape[0] !== 3) return backend.makeOutput([0], 'float32');
  const size = (tensor: TensorInfo) => tensor.shape.reduce((a, b) => a * b, 1);
  const fits = size(weight) === 3 * channels && size(style) === batch * channels;
  if (!fits || (before && (height % 2 !== 0 || width % 2 !== 0 || 4 * size(before) !== 3 * batch * height * width))) {
    throw new WasmGradientsError(
      'WASM_KERNEL_ARGUMENT',
      `AutodragColours: weight [${weight.shape}], style [${style.shape}] or the picture before [${before?.shape}] does not go with x [${x.shape}].`,
    );
  }
  const y = backend.makeOutput([batch, height, width, 3], 'float32');
  const at = (tensor: TensorInfo) => offsetOf(backend, tensor);
  for (let n = 0; n < batch; n++) {
    const addresses = [
      at(x) + 4 * n * height * width * channels,
      at(style) + 4 * n * channels,
      at(weight),
      at(bias),
      before ? at(before) + 3 * n * height * width : 0,
      at(y) + 12 * n * height * width,
    ];
    withScratch(backend, (allocate) =>
      kernels.layer(
        'addColours',
        partsOf(height, kernels.threads, fewestLines).map(({ first, end }) => [
          ...[...addresses, limit, height, width, channels, first, end],
          allocate(4 * channels + 3 * Math.ceil(width / 2) + 8),
        ]),
      ),
    );
  }
  return y;
}
