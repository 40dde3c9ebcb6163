import { InvalidArgumentError } from '@autodrag/nn';

/** How the decoder's tokens become restored layers. */
export type RegularizerOutput = 'direct' | 'residual' | 'gated';

/** Every size of a Latent Regularizer. It is stored with the weights. */
export type LatentRegularizerConfig = {
  /** Layers of a latent code: 2 log2(resolution) - 2 for StyleGAN2. */
  numWs: number;
  /** Channels of one layer of a latent code. */
  wDim: number;
  /** Leading layers that are edited, and therefore restored; the others are the clean evidence. */
  editedLayers: number;
  /** Width of the transformer; a multiple of `heads`. */
  width: number;
  heads: number;
  /** Hidden features of each feed-forward block. */
  feedForward: number;
  encoderLayers: number;
  decoderLayers: number;
  /**
   * What the head predicts. `direct`: the restored layers. `residual`: their correction. `gated`: the restored layers,
   * and for every value how much of it is taken instead of the given one.
   */
  output: RegularizerOutput;
};

/** `paper`: 6 + 6 layers of width 512. `compact`: 3 + 3 layers of width 128, for a download of a few megabytes. */
export type LatentRegularizerPreset = 'paper' | 'compact';

const presets: Record<LatentRegularizerPreset, Omit<LatentRegularizerConfig, 'numWs' | 'wDim'>> = {
  paper: {
    editedLayers: 6,
    width: 512,
    heads: 8,
    feedForward: 2048,
    encoderLayers: 6,
    decoderLayers: 6,
    output: 'gated',
  },
  compact: {
    editedLayers: 6,
    width: 128,
    heads: 4,
    feedForward: 512,
    encoderLayers: 3,
    decoderLayers: 3,
    output: 'gated',
  },
};

/**
 * The configuration of a preset with some values replaced. `numWs` and `wDim` are the generator's and have no default.
 *
 * @throws InvalidArgumentError if a size is not a positive whole number, if `width` is not a multiple of `heads`, or
 *   if there are more edited layers than layers
 */
export function latentRegularizerConfig(
  preset: LatentRegularizerPreset,
  overrides: Pick<LatentRegularizerConfig, 'numWs' | 'wDim'> & Partial<LatentRegularizerConfig>,
): LatentRegularizerConfig {
  const sizes = presets[preset];
  if (sizes === undefined) {
    throw new InvalidArgumentError(
      `latentRegularizerConfig: preset: expected one of ${Object.keys(presets).join(', ')}, got ${JSON.stringify(preset)}`,
    );
  }
  return checkedLatentRegularizerConfig({ ...sizes, ...overrides }, 'latentRegularizerConfig');
}

/** A copy of `config` with exactly the known keys, after checking each. */
export function checkedLatentRegularizerConfig(
  config: LatentRegularizerConfig,
  where: string,
): LatentRegularizerConfig {
  const whole = (name: Exclude<keyof LatentRegularizerConfig, 'output'>): number => {
    const value = config[name];
    if (!Number.isInteger(value) || value < 1) {
      throw new InvalidArgumentError(`${where}: ${name}: expected a positive whole number, got ${value}`);
    }
    return value;
  };
  if (!['direct', 'residual', 'gated'].includes(config.output)) {
    throw new InvalidArgumentError(
      `${where}: output: expected 'direct', 'residual' or 'gated', got ${JSON.stringify(config.output)}`,
    );
  }
  const checked: LatentRegularizerConfig = {
    numWs: whole('numWs'),
    wDim: whole('wDim'),
    editedLayers: whole('editedLayers'),
    width: whole('width'),
    heads: whole('heads'),
    feedForward: whole('feedForward'),
    encoderLayers: whole('encoderLayers'),
    decoderLayers: whole('decoderLayers'),
    output: config.output,
  };
  if (checked.width % checked.heads !== 0) {
    throw new InvalidArgumentError(
      `${where}: width must be a multiple of heads, got width ${checked.width} and heads ${checked.heads}`,
    );
  }
  if (checked.editedLayers > checked.numWs) {
    throw new InvalidArgumentError(
      `${where}: editedLayers must not exceed numWs, got editedLayers ${checked.editedLayers} and numWs ${checked.numWs}`,
    );
  }
  return checked;
}
