import * as tf from '@tensorflow/tfjs-core';
import { foldUpKernel } from './ops/fold-up-kernel.js';
import { weightEnergy } from './ops/weight-energy.js';
import type { SynthesisLayerParameters, SynthesisParameters } from './parameters.js';

/** What a layer needs of its weight, whatever the style. */
export type PreparedLayer = {
  /** `[3, 3, I, O]`, or folded `[3, 3, I, 4·O]` for a layer that doubles the resolution */
  readonly kernel: tf.Tensor4D;
  /** `[I, O]` */
  readonly energy: tf.Tensor2D;
};

export type PreparedSynthesis = readonly { readonly conv0?: PreparedLayer; readonly conv1: PreparedLayer }[];

/** See `prepareSynthesis`; differentiable in the weight. */
export function prepareLayer(layer: SynthesisLayerParameters, up: boolean): PreparedLayer {
  return { kernel: up ? foldUpKernel(layer.weight) : layer.weight, energy: weightEnergy(layer.weight) };
}

/**
 * Everything that can be computed once for frozen weights: the folded up-sampling kernels and the energies of the
 * demodulation. Pass it as `prepared` to `synthesis`. `kernel` of a layer that keeps the resolution is the
 * weight itself; `disposePreparedSynthesis` spares it.
 */
export function prepareSynthesis(synthesis: SynthesisParameters): PreparedSynthesis {
  return tf.tidy(() =>
    synthesis.blocks.map(({ conv0, conv1 }) => ({
      ...(conv0 ? { conv0: prepareLayer(conv0, true) } : {}),
      conv1: prepareLayer(conv1, false),
    })),
  );
}

/** Frees what `prepareSynthesis` made, and not the parameters it was made from. */
export function disposePreparedSynthesis(prepared: PreparedSynthesis): void {
  for (const { conv0, conv1 } of prepared) {
    if (conv0) tf.dispose([conv0.kernel, conv0.energy]);
    conv1.energy.dispose();
  }
}
