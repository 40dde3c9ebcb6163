import * as tf from '@tensorflow/tfjs-core';
import { activationGain } from './activation-gain.js';
import { transposeUpKernel } from './ops/filter-up.js';
import { foldUpKernel } from './ops/fold-up-kernel.js';
import { styledWeight } from './ops/styled-convolution.js';
import { weightEnergy } from './ops/weight-energy.js';
import type { StyleGan2Buffers, SynthesisLayerParameters, SynthesisParameters } from './parameters.js';
import { nodeBackend } from './tensorflow/node-backend.js';
import { type PreparedStyles, prepareStyles } from './tensorflow/prepared-styles.js';

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
  /** Of `styled`: `[O]`, the bias times the gain of the layer's activation */
  readonly bias?: tf.Tensor1D;
  /**
   * Of `styled`, where the noise maps are known: the layer's own, `[1, height, width, 1]`, times its strength and gain;
   * null where the strength is 0
   */
  readonly noise?: tf.Tensor4D | null;
};

export type PreparedBlock = { readonly conv0?: PreparedLayer; readonly conv1: PreparedLayer };

export type PreparedSynthesis = {
  /** The backend that layers of kind `styled` and styles were made for; elsewhere they are not used. */
  readonly backend: string;
  readonly blocks: readonly PreparedBlock[];
  /** Where TensorFlow's operations do the layers: what makes the styles of all of them at once. */
  readonly styles: PreparedStyles | null;
};

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
  /** The noise maps, if they are frozen, too. */
  buffers?: Pick<StyleGan2Buffers, 'noise'>;
};

/** Backends whose values can be read at once. */
const readable: ReadonlySet<string> = new Set(['cpu', 'wasm', 'tensorflow']);

function isZero(x: tf.Scalar): boolean {
  return readable.has(tf.getBackend()) && x.dataSync()[0] === 0;
}

/** A layer whose kernel the backend has; null where it has none. */
function prepareStyled(
  layer: SynthesisLayerParameters,
  { up, gain, noise }: { up: boolean; gain: number; noise: tf.Tensor2D | undefined },
): PreparedLayer | null {
  const kernel = styledWeight(layer.weight, up);
  if (kernel === null) return null;
  const map = (): tf.Tensor4D | null =>
    isZero(layer.noiseStrength)
      ? null
      : tf.reshape(tf.mul(noise!, tf.mul(layer.noiseStrength, gain)), [1, ...noise!.shape, 1]);
  return {
    ...{ kind: 'styled', kernel, energy: weightEnergy(layer.weight), bias: tf.mul(layer.bias, gain) as tf.Tensor1D },
    ...(noise ? { noise: map() } : {}),
  };
}

/**
 * Everything that can be computed once for frozen weights: the kernels of the doubling layers, in the form that suits
 * the current backend, and the energies of the demodulation. Pass it as `prepared` to `synthesis`.
 * `kernel` of a layer that keeps the resolution is the weight itself; `disposePreparedSynthesis` spares it.
 */
export function prepareSynthesis(
  synthesis: SynthesisParameters,
  { upsampling, buffers }: PrepareSynthesisOptions = {},
): PreparedSynthesis {
  const prepare = (): PreparedSynthesis => {
    const onTensorFlow = nodeBackend() !== null;
    const blocks = synthesis.blocks.map((block, i): PreparedBlock => {
      const frozen = (name: 'conv0' | 'conv1'): PreparedLayer => {
        const layer = block[name]!;
        const up = name === 'conv0';
        // on the few pixels of the first block a kernel has nothing to save
        if (upsampling !== undefined || (i === 0 && !onTensorFlow)) return prepareLayer(layer, up, upsampling);
        const options = { up, gain: activationGain(synthesis, i, name), noise: buffers?.noise[i]?.[name] };
        return prepareStyled(layer, options) ?? prepareLayer(layer, up);
      };
      return { ...(block.conv0 ? { conv0: frozen('conv0') } : {}), conv1: frozen('conv1') };
    });
    const batched = onTensorFlow && upsampling === undefined;
    const styles = batched ? prepareStyles(synthesis, blocks) : null;
    return { backend: tf.getBackend(), blocks, styles };
  };
  return tf.tidy(prepare as unknown as () => { [name: string]: tf.Tensor }) as unknown as PreparedSynthesis;
}

/** Frees what `prepareSynthesis` made, and not the parameters it was made from. */
export function disposePreparedSynthesis({ blocks, styles }: PreparedSynthesis): void {
  for (const { conv0, conv1 } of blocks) {
    for (const layer of conv0 ? [conv0, conv1] : [conv1]) {
      if (layer.kind !== 'same') layer.kernel.dispose();
      layer.energy.dispose();
      layer.bias?.dispose();
      layer.noise?.dispose();
    }
  }
  if (styles) tf.dispose([styles.codes, styles.weight, styles.bias, styles.energy]);
}
