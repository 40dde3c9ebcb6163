import { InvalidArgumentError } from '@autodrag/nn';

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
  /** True: the head predicts the correction of the edited layers; false: the restored layers themselves. */
  residual: boolean;
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
    residual: true,
  },
  compact: {
    editedLayers: 6,
    width: 128,
    heads: 4,
    feedForward: 512,
    encoderLayers: 3,
    decoderLayers: 3,
    residual: true,
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
  const whole = (name: Exclude<keyof LatentRegularizerConfig, 'residual'>): number => {
    const value = config[name];
    if (!Number.isInteger(value) || value < 1) {
      throw new InvalidArgumentError(`${where}: ${name}: expected a positive whole number, got ${value}`);
    }
    return value;
  };
  if (typeof config.residual !== 'boolean') {
    throw new InvalidArgumentError(`${where}: residual: expected true or false, got ${config.residual}`);
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
    residual: config.residual,
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
