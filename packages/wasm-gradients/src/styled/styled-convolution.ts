import type { TensorInfo } from '@tensorflow/tfjs-core';
import { WasmGradientsError } from '../errors.js';
import { type KernelInputs, offsetOf, type WasmBackend, withScratch } from '../wasm-backend.js';
import { type StyledKernels, styledKernels } from './kernels.js';

// The layer of a generator in the style of StyleGAN2, forward only, as one pass over memory. The operations are none of
// TensorFlow.js: whoever wants them asks for the kernels by these names.

/**
 * Kernel `AutodragStyledWeight`: what `AutodragStyledConvolution` takes of a weight `[3, 3, I, O]`.
 *
 * @returns of shape [0] where that cannot run: see `styledKernels`; and for numbers of channels that are no multiples
 * of 4 (I) and 8 (O)
 */
export function styledWeight(
  backend: WasmBackend,
  { weight }: KernelInputs<'weight'>,
  { up }: { up: boolean },
): TensorInfo {
  const [height, width, inputs, outputs] = weight.shape as [number, number, number, number];
  const kernels = styledKernels(backend);
  if (!kernels || height !== 3 || width !== 3 || inputs % 4 !== 0 || outputs % 8 !== 0 || inputs * outputs === 0) {
    return backend.makeOutput([0], 'float32');
  }
  const out = backend.makeOutput([((up ? 9 : 36) * outputs) / 8, inputs, 8], 'float32');
  const [from, to] = [offsetOf(backend, weight), offsetOf(backend, out)];
  if (up) kernels.packTaps(from, to, 9, inputs, outputs);
  else withScratch(backend, (allocate) => kernels.packWinograd(from, to, inputs, outputs, allocate(72)));
  return out;
}

type StyledInputs = KernelInputs<'x' | 'weight' | 'style' | 'scale' | 'bias'> & { noise?: TensorInfo };
type StyledAttributes = {
  /** Whether the layer doubles the resolution: a transposed convolution of stride 2, then the filter [1, 3, 3, 1]. */
  up: boolean;
  /** Bound of the result; `Infinity` for none. */
  limit: number;
};

/**
 * Kernel `AutodragStyledConvolution`: `clip(lrelu(conv(x · style) · scale + noise + bias), limit)`, slope 0.2.
 *
 * @param inputs x `[N or 1, H, W, I]`, weight of `AutodragStyledWeight`, style `[N, I]`, scale `[N, O]`, bias `[O]`,
 *   noise `[N or 1, H', W', 1]` or `[H', W']`
 * @returns `[N, H', W', O]`
 */
export function styledConvolution(
  backend: WasmBackend,
  inputs: StyledInputs,
  attributes: StyledAttributes,
): TensorInfo {
  const { x, weight, style, scale, bias, noise } = inputs;
  const { up, limit } = attributes;
  const kernels = styledKernels(backend);
  const [images, height, width, channels] = x.shape as [number, number, number, number];
  const [batch, outputs] = scale.shape as [number, number];
  const [outHeight, outWidth] = up ? [2 * height, 2 * width] : [height, width];
  const [panels, packed] = weight.shape as [number, number];
  if (!kernels || packed !== channels || panels * 8 !== (up ? 9 : 36) * outputs) {
    throw new WasmGradientsError(
      'WASM_KERNEL_ARGUMENT',
      `AutodragStyledConvolution: a weight of [${weight.shape}] does not go with x [${x.shape}] and scale [${scale.shape}].`,
    );
  }
  const y = backend.makeOutput([batch, outHeight, outWidth, outputs], 'float32');
  const at = (tensor: TensorInfo) => offsetOf(backend, tensor);
  const [pixels, maps] = [outHeight * outWidth, noise && noise.shape.length === 4 ? noise.shape[0]! : 1];
  for (let n = 0; n < batch; n++) {
    const layer: Layer = {
      x: at(x) + (images === 1 ? 0 : 4 * n * height * width * channels),
      style: at(style) + 4 * n * channels,
      weight: at(weight),
      scale: at(scale) + 4 * n * outputs,
      bias: at(bias),
      noise: noise ? at(noise) + (maps === 1 ? 0 : 4 * n * pixels) : 0,
      y: at(y) + 4 * n * pixels * outputs,
      limit,
      ...{ height, width, channels, outputs },
    };
    withScratch(backend, (allocate) => (up ? doubled : kept)(kernels, backend, layer, allocate));
  }
  return y;
}

/** One picture; addresses and sizes. */
type Layer = Record<'x' | 'style' | 'weight' | 'scale' | 'bias' | 'noise' | 'y', number> &
  Record<'limit' | 'height' | 'width' | 'channels' | 'outputs', number>;

type Allocate = (floats: number) => number;

/** Floats that go through the caches at a time: about a megabyte. */
const blockFloats = 1 << 18;

/** Winograd's F(4×4, 3×3): 36 products for 16 pixels instead of 144. */
function kept(kernels: StyledKernels, _: WasmBackend, layer: Layer, allocate: Allocate): void {
  const { x, style, weight, scale, bias, noise, y, limit, height, width, channels, outputs } = layer;
  const tiles = Math.ceil(height / 4) * Math.ceil(width / 4);
  const fitting = Math.floor(blockFloats / (36 * (channels + outputs)) / 6) * 6;
  const most = Math.min(tiles, Math.max(24, fitting));
  const transformed = allocate(36 * most * channels);
  const products = allocate(36 * most * outputs);
  const scratch = allocate(144);
  for (let first = 0; first < tiles; first += most) {
    const count = Math.min(most, tiles - first);
    kernels.transformTiles(x, style, transformed, height, width, channels, first, count, scratch);
    for (let i = 0; i < 36; i++) {
      const [from, with_] = [transformed + 4 * i * count * channels, weight + 4 * i * channels * outputs];
      kernels.multiply(from, with_, products + 4 * i * count * outputs, count, channels, outputs);
    }
    kernels.finishTiles(products, y, scale, bias, noise, limit, height, width, outputs, first, count, scratch);
  }
}

/** Products of some lines of the input with all nine taps, then the two lines of the output that each gives. */
function doubled(kernels: StyledKernels, backend: WasmBackend, layer: Layer, allocate: Allocate): void {
  const { x, style, weight, scale, bias, noise, y, limit, height, width, channels, outputs } = layer;
  const line = width * 9 * outputs;
  const atOnce = Math.min(height, Math.max(2, Math.ceil(32 / width), Math.floor(blockFloats / line) - 2));
  const scaled = allocate(height * width * channels);
  const products = allocate((atOnce + 2) * line); // lines from one above the first to one below the last
  const scratch = allocate(6 * width * outputs);
  kernels.scaleChannels(x, style, scaled, height * width, channels);
  for (let first = 0; first < height; first += atOnce) {
    const end = Math.min(first + atOnce, height);
    const place = (row: number) => products + 4 * (row - first + 1) * line;
    if (first > 0) {
      const kept = place(first - 1) + 4 * atOnce * line; // the last two lines of the turn before
      backend.wasm.HEAPU8.copyWithin(place(first - 1), kept, kept + 8 * line);
    }
    const from = first === 0 ? 0 : first + 1;
    const rows = Math.min(end + 1, height) - from;
    if (rows > 0) {
      kernels.multiply(scaled + 4 * from * width * channels, weight, place(from), rows * width, channels, 9 * outputs);
    }
    for (let row = first; row < end; row++) {
      const above = row > 0 ? place(row - 1) : 0;
      const below = row + 1 < height ? place(row + 1) : 0;
      const out = y + 4 * row * 4 * width * outputs;
      const map = noise && noise + 4 * row * 4 * width;
      kernels.finishLines(above, place(row), below, out, scale, bias, map, limit, width, outputs, scratch);
    }
  }
}
