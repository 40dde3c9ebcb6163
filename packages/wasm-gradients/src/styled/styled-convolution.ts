import type { TensorInfo } from '@tensorflow/tfjs-core';
import { WasmGradientsError } from '../errors.js';
import { type KernelInputs, offsetOf, type WasmBackend, withScratch } from '../wasm-backend.js';
import { styledKernels } from './kernels.js';
import { type Part, partsOf } from './parts-of.js';
import type { LayerKernel } from './threads.js';

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
  const cut = up ? doubled : kept;
  const { threads } = kernels;
  for (let n = 0; n < batch; n++) {
    const addresses = [
      at(x) + (images === 1 ? 0 : 4 * n * height * width * channels),
      at(style) + 4 * n * channels,
      at(weight),
      at(scale) + 4 * n * outputs,
      at(bias),
      noise ? at(noise) + (maps === 1 ? 0 : 4 * n * pixels) : 0,
      at(y) + 4 * n * pixels * outputs,
    ] as const;
    const { kernel, parts, scratch } = cut({ height, width, channels, outputs }, threads);
    withScratch(backend, (allocate) =>
      kernels.layer(
        kernel,
        parts.map(({ first, end, most }) => [
          ...addresses,
          ...([limit, height, width, channels, outputs, first, end, most, allocate(scratch(most))] as const),
        ]),
      ),
    );
  }
  return y;
}

type Size = Readonly<Record<'height' | 'width' | 'channels' | 'outputs', number>>;

/** How a layer is cut. */
type Cut = {
  readonly kernel: LayerKernel;
  readonly parts: readonly Part[];
  /** Floats that a part needs beside input and output. */
  scratch(most: number): number;
};

/** Floats that go through the caches at a time: about a megabyte. */
const blockFloats = 1 << 18;

/** By tiles of 4×4 pixels. */
function kept({ height, width, channels, outputs }: Size, threads: number): Cut {
  const tiles = Math.ceil(height / 4) * Math.ceil(width / 4);
  const fitting = Math.max(24, Math.floor(blockFloats / (36 * (channels + outputs)) / 6) * 6);
  return {
    kernel: 'keepResolution',
    parts: partsOf(tiles, threads, fewestTiles, fitting),
    scratch: (most) => 36 * most * (channels + outputs) + 144,
  };
}

/** By lines of the input. */
function doubled({ height, width, channels, outputs }: Size, threads: number): Cut {
  const line = width * 9 * outputs;
  const fitting = Math.max(2, Math.ceil(32 / width), Math.floor(blockFloats / line) - 2);
  return {
    kernel: 'doubleResolution',
    parts: partsOf(height, threads, fewestLines, fitting),
    scratch: (most) => width * ((most + 2) * (channels + 9 * outputs) + 6 * outputs),
  };
}

/** With fewer, products have too few rows for the registers, or too many lines are computed twice. */
const fewestTiles = 8;
const fewestLines = 4;
