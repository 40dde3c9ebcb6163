/**
 * How the blocks of a generator are joined. `skip` adds an RGB image per block, `resnet` adds a linear shortcut, `orig`
 * neither.
 */
export type StyleGan2Architecture = 'skip' | 'resnet' | 'orig';

/**
 * The shape of a StyleGAN2 generator. Plain data: it is stored with the weights as JSON.
 * Make one with {@link styleGan2Config}, which fills in what is left out and checks the rest.
 */
export type StyleGan2Config = {
  /** Height of the image in pixels: `constSize[0]` times a power of two. Blocks are named by their height. */
  readonly resolution: number;
  /** Height and width of the learned constant. `[4, 4]`, or `[4, 2]` for upright 2:1 images (SHHQ). */
  readonly constSize: readonly [height: number, width: number];
  readonly zDim: number;
  readonly wDim: number;
  /** Length of the condition vector; 0 for an unconditional generator. */
  readonly cDim: number;
  readonly mappingLayers: number;
  /** Width between the mapping layers; `null` for `wDim`, as in every published StyleGAN2. */
  readonly layerFeatures: number | null;
  /** Width of the embedded condition; `null` for `wDim`. Counts only if `cDim > 0`. */
  readonly embedFeatures: number | null;
  /** Equalised learning rate multiplier of the mapping network: 0.01 in every published StyleGAN2. */
  readonly mappingLrMultiplier: number;
  /** Channels of the block of height r are `min(channelBase / r, channelMax)`. */
  readonly channelBase: number;
  readonly channelMax: number;
  /** Widths that do not follow the formula, by height; they win over it. */
  readonly channels: Readonly<Record<number, number>> | null;
  /**
   * Activations are clamped to plus or minus this value; `null` for networks trained without (all converted TensorFlow
   * ones).
   */
  readonly convClamp: number | null;
  readonly architecture: StyleGan2Architecture;
  readonly imageChannels: number;
};
