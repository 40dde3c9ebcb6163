import type * as tf from '@tensorflow/tfjs-core';

/** A fully connected layer with equalised learning rate: the gain is applied at run time. */
export type FullyConnectedParameters = {
  /** `[in, out]` */
  readonly weight: tf.Tensor2D;
  /** `[out]` */
  readonly bias: tf.Tensor1D;
};

/** A 3×3 modulated convolution with noise, bias and activation. */
export type SynthesisLayerParameters = {
  /** `[3, 3, I, O]`, not flipped, without any gain (demodulation normalises it) */
  readonly weight: tf.Tensor4D;
  /** `[O]` */
  readonly bias: tf.Tensor1D;
  /** `[]`, factor of the noise map */
  readonly noiseStrength: tf.Scalar;
  /** `[wDim, I]` and `[I]`: the style of the input channels; its bias starts at 1 */
  readonly affine: FullyConnectedParameters;
};

/** A 1×1 modulated convolution without demodulation: features to colours. */
export type ToRgbParameters = {
  /** `[1, 1, I, imageChannels]` */
  readonly weight: tf.Tensor4D;
  /** `[imageChannels]` */
  readonly bias: tf.Tensor1D;
  readonly affine: FullyConnectedParameters;
};

/**
 * One block. The first has no `conv0`; `toRgb` is missing in all but the last unless the architecture is `skip`; `skip`
 * is for `resnet`.
 */
export type SynthesisBlockParameters = {
  readonly conv0?: SynthesisLayerParameters;
  readonly conv1: SynthesisLayerParameters;
  readonly toRgb?: ToRgbParameters;
  /** 1×1 shortcut, weight `[1, 1, I, O]` */
  readonly skip?: { readonly weight: tf.Tensor4D };
};

export type MappingParameters = {
  /** Embedding of the condition, `[cDim, embedFeatures]`; only if `cDim > 0` */
  readonly embed?: FullyConnectedParameters;
  /** `[zDim (+ embedFeatures if conditional), layerFeatures]`, … , `[layerFeatures, wDim]`: see `mappingWidths` */
  readonly layers: readonly FullyConnectedParameters[];
};

export type SynthesisParameters = {
  /** The learned constant, `[1, height, width, C]` */
  readonly constant: tf.Tensor4D;
  /** Lowest resolution first, one per entry of `blockResolutions(config)` */
  readonly blocks: readonly SynthesisBlockParameters[];
};

/** Tensors that belong to a generator but are not trained by gradients. */
export type StyleGan2Buffers = {
  /** `[wDim]`, the mean of w: what truncation pulls towards */
  readonly wAvg: tf.Tensor1D;
  /** Per block the fixed noise maps of its layers, `[height, width]` */
  readonly noise: readonly { readonly conv0?: tf.Tensor2D; readonly conv1: tf.Tensor2D }[];
};

/** What a gradient descent may change. */
export type StyleGan2TrainableParameters = {
  readonly mapping: MappingParameters;
  readonly synthesis: SynthesisParameters;
};

/**
 * All tensors of a generator, a tree for the helpers of `@autodrag/nn`. To train one, take the buffers off:
 * `const { buffers, ...trainable } = parameters`.
 */
export type StyleGan2Parameters = StyleGan2TrainableParameters & {
  readonly buffers: StyleGan2Buffers;
};
