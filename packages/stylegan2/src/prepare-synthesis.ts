import * as tf from '@tensorflow/tfjs-core';
import { transposeUpKernel } from './ops/filter-up.js';
import { foldUpKernel } from './ops/fold-up-kernel.js';
import { styledWeight } from './ops/styled-convolution.js';
import { weightEnergy } from './ops/weight-energy.js';
import type { SynthesisLayerParameters, SynthesisParameters } from './parameters.js';

/**
 * How a layer convolves. `same`: resolution kept. `folded` and `filtered` double it: one convolution with four outputs
 * a channel, or a transposed convolution and a filter; equal results (`foldUpKernel`, `filterUp`).
 */
export type ConvolutionKind = 'same' | 'folded' | 'filtered';

/** What a layer needs of its weight, whatever the style. */
export type PreparedLayer = {
  /** `styled`: a kernel of the backend does all of the layer, forward only: see `styledConvolution`. */
  readonly kind: ConvolutionKind | 'styled';
  /**
   * `[3, 3, I, O]` if `same`, `[3, 3, I, 4·O]` if `folded`, `[3, 3, O, I]` if `filtered`; what the backend made of the
   * weight if `styled`
   */
  readonly kernel: tf.Tensor;
  /** `[I, O]` */
  readonly energy: tf.Tensor2D;
};

export type PreparedSynthesis = readonly { readonly conv0?: PreparedLayer; readonly conv1: PreparedLayer }[];

/**
 * Whether folded kernels are faster here (`npm run bench -- stylegan2`). They are three times as fast where a
 * transposed convolution is slow: on the wasm backend as it comes. Elsewhere a quarter of the multiplications counts
 * more than the additional passes, also on wasm with the kernels of `@autodrag/wasm-gradients`, which show by a kernel
 * that the backend lacks.
 */
function foldingPays(): boolean {
  return tf.getBackend() === 'wasm' && tf.getKernel('Conv2DBackpropFilter', 'wasm') === undefined;
}

/** See `prepareSynthesis`; differentiable in the weight, unless its energy is known already. */
export function prepareLayer(
  layer: SynthesisLayerParameters,
  up: boolean,
  upsampling: 'folded' | 'filtered' = foldingPays() ? 'folded' : 'filtered',
  energy: tf.Tensor2D = weightEnergy(layer.weight),
): PreparedLayer {
  if (!up) return { kind: 'same', kernel: layer.weight, energy };
  return upsampling === 'folded'
    ? { kind: 'folded', kernel: foldUpKernel(layer.weight), energy }
    : { kind: 'filtered', kernel: transposeUpKernel(layer.weight), energy };
}

export type PrepareSynthesisOptions = {
  /**
   * How layers double the resolution: see `ConvolutionKind`.
   * @default what is faster on the current backend: its own kernel for whole layers, if it has one
   */
  upsampling?: 'folded' | 'filtered';
};

/** See `prepareSynthesis`. */
function prepareFrozen(layer: SynthesisLayerParameters, up: boolean, upsampling: 'folded' | 'filtered' | undefined) {
  const kernel = upsampling === undefined ? styledWeight(layer.weight, up) : null;
  if (kernel === null) return prepareLayer(layer, up, upsampling);
  return { kind: 'styled', kernel, energy: weightEnergy(layer.weight) } as const;
}

/**
 * Everything that can be computed once for frozen weights: the kernels of the doubling layers, in the form that suits
 * the current backend, and the energies of the demodulation. Pass it as `prepared` to `synthesis`.
 * `kernel` of a layer that keeps the resolution is the weight itself; `disposePreparedSynthesis` spares it.
 */
export function prepareSynthesis(
  synthesis: SynthesisParameters,
  { upsampling }: PrepareSynthesisOptions = {},
): PreparedSynthesis {
  const prepare = () =>
    synthesis.blocks.map(({ conv0, conv1 }, block) => ({
      ...(conv0 ? { conv0: prepareFrozen(conv0, true, upsampling) } : {}),
      // on the few pixels of the first block there is nothing to save
      conv1: block === 0 ? prepareLayer(conv1, false) : prepareFrozen(conv1, false, upsampling),
    }));
  return tf.tidy(prepare as unknown as () => { [name: string]: tf.Tensor }) as unknown as PreparedSynthesis;
}

/** Frees what `prepareSynthesis` made, and not the parameters it was made from. */
export function disposePreparedSynthesis(prepared: PreparedSynthesis): void {
  for (const { conv0, conv1 } of prepared) {
    if (conv0) tf.dispose([conv0.kernel, conv0.energy]);
    conv1.energy.dispose();
    if (conv1.kind === 'styled') conv1.kernel.dispose();
  }
}
