import { InvalidArgumentError } from '@autodrag/nn';

/** Side of a square, or `[height, width]`. */
export type Resolution = number | readonly [height: number, width: number];

/** Every size of a Latent Predictor. It is stored with the weights. */
export type LatentPredictorConfig = {
  /** Layers of a latent code: 2 log2(resolution) - 2 for StyleGAN2. */
  numWs: number;
  /** Channels of one layer of a latent code. */
  wDim: number;
  /** Leading layers that move; the others are kept. */
  editedLayers: number;
  /** The longest motion sequence, n. */
  steps: number;
  /** Of the feature map F_0. */
  featureResolution: Resolution;
  featureChannels: number;
  /** Of the image in whose pixels points are given. */
  imageResolution: Resolution;
  /** The longer side of the token grid that the feature map is reduced to by stride-2 convolutions. */
  memoryGrid: number;
  /** Side of the patch around a point, in feature pixels; odd. */
  patchSize: number;
  /** Channels between the convolutions of the stem. */
  stemChannels: number;
  /** Width of the transformer; a multiple of `heads`. */
  width: number;
  heads: number;
  /** Hidden features of each feed-forward block. */
  feedForward: number;
  encoderLayers: number;
  decoderLayers: number;
  /** `layer`: a query token for every edited layer of a step. `flat`: one token a step. */
  tokens: 'layer' | 'flat';
  /** Most points of one drag that `packPoints` lets through. */
  maxPoints: number;
  /** Octaves of the sines and cosines that encode positions. */
  fourierFrequencies: number;
  /** Whether a query token is also told how far its code has come, `w_i - w_0`. */
  queryDisplacement: boolean;
  /** Sizes of the motion field that drags are settled by, see `createSettlingOnHost`; left out where there is none. */
  motionField?: { readonly width: number; readonly blocks: number };
};

/**
 * `paper`: 6 + 16 layers of width 512, a 16 x 16 grid. `compact`: 3 + 6 layers of width 192, an 8 x 8 grid, for a
 * download of a few megabytes and for training without a GPU.
 */
export type LatentPredictorPreset = 'paper' | 'compact';

type Generators = 'numWs' | 'wDim' | 'featureResolution' | 'featureChannels' | 'imageResolution';

const common = {
  editedLayers: 6,
  steps: 5,
  patchSize: 7,
  tokens: 'layer',
  maxPoints: 68,
  fourierFrequencies: 8,
  queryDisplacement: true,
} as const;

const presets: Record<LatentPredictorPreset, Omit<LatentPredictorConfig, Generators>> = {
  paper: {
    ...common,
    memoryGrid: 16,
    stemChannels: 256,
    width: 512,
    heads: 8,
    feedForward: 2048,
    encoderLayers: 6,
    decoderLayers: 16,
  },
  compact: {
    ...common,
    memoryGrid: 8,
    stemChannels: 64,
    width: 192,
    heads: 6,
    feedForward: 768,
    encoderLayers: 3,
    decoderLayers: 6,
  },
};

/**
 * The configuration of a preset with some values replaced. What describes the generator has no default.
 *
 * @throws InvalidArgumentError if a size is not a positive whole number or if two of them do not fit together
 */
export function latentPredictorConfig(
  preset: LatentPredictorPreset,
  overrides: Pick<LatentPredictorConfig, Generators> & Partial<LatentPredictorConfig>,
): LatentPredictorConfig {
  const sizes = presets[preset];
  if (sizes === undefined) {
    throw new InvalidArgumentError(
      `latentPredictorConfig: preset: expected one of ${Object.keys(presets).join(', ')}, got ${JSON.stringify(preset)}`,
    );
  }
  return checkedLatentPredictorConfig({ ...sizes, ...overrides }, 'latentPredictorConfig');
}

/** `[height, width]` of a resolution. */
export function heightAndWidth(resolution: Resolution): [height: number, width: number] {
  return typeof resolution === 'number' ? [resolution, resolution] : [resolution[0], resolution[1]];
}

/** The longer side of a resolution. */
export function longerSide(resolution: Resolution): number {
  return Math.max(...heightAndWidth(resolution));
}

/** Number of stride-2 convolutions of the stem, and `[height, width]` of the token grid they end on. */
export function stemGrid(config: Pick<LatentPredictorConfig, 'featureResolution' | 'memoryGrid'>): {
  halvings: number;
  grid: [height: number, width: number];
} {
  const [height, width] = heightAndWidth(config.featureResolution);
  const halvings = Math.max(0, Math.round(Math.log2(Math.max(height, width) / config.memoryGrid)));
  return { halvings, grid: [height / 2 ** halvings, width / 2 ** halvings] };
}

/** A copy of `config` with exactly the known keys, after checking each. */
export function checkedLatentPredictorConfig(config: LatentPredictorConfig, where: string): LatentPredictorConfig {
  const fail = (rule: string): never => {
    throw new InvalidArgumentError(`${where}: ${rule}`);
  };
  const isWhole = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 1;
  const whole = (name: keyof LatentPredictorConfig): number => {
    const value = config[name];
    return isWhole(value) ? value : fail(`${name}: expected a positive whole number, got ${value}`);
  };
  const resolution = (name: 'featureResolution' | 'imageResolution'): Resolution => {
    const value: unknown = config[name];
    if (isWhole(value)) return value;
    if (Array.isArray(value) && value.length === 2 && isWhole(value[0]) && isWhole(value[1]))
      return [value[0], value[1]];
    return fail(`${name}: expected a positive whole number or [height, width], got ${JSON.stringify(value)}`);
  };
  const checked: LatentPredictorConfig = {
    numWs: whole('numWs'),
    wDim: whole('wDim'),
    editedLayers: whole('editedLayers'),
    steps: whole('steps'),
    featureResolution: resolution('featureResolution'),
    featureChannels: whole('featureChannels'),
    imageResolution: resolution('imageResolution'),
    memoryGrid: whole('memoryGrid'),
    patchSize: whole('patchSize'),
    stemChannels: whole('stemChannels'),
    width: whole('width'),
    heads: whole('heads'),
    feedForward: whole('feedForward'),
    encoderLayers: whole('encoderLayers'),
    decoderLayers: whole('decoderLayers'),
    tokens:
      config.tokens === 'layer' || config.tokens === 'flat'
        ? config.tokens
        : fail(`tokens: expected 'layer' or 'flat', got ${JSON.stringify(config.tokens)}`),
    maxPoints: whole('maxPoints'),
    fourierFrequencies: whole('fourierFrequencies'),
    queryDisplacement:
      typeof config.queryDisplacement === 'boolean'
        ? config.queryDisplacement
        : fail(`queryDisplacement: expected true or false, got ${JSON.stringify(config.queryDisplacement)}`),
  };
  if (config.motionField !== undefined) {
    const { width, blocks } = (config.motionField ?? {}) as { width?: unknown; blocks?: unknown };
    if (!isWhole(width) || !isWhole(blocks)) {
      fail(`motionField: expected positive whole numbers width and blocks, got ${JSON.stringify(config.motionField)}`);
    } else checked.motionField = { width, blocks };
  }
  if (checked.width % checked.heads !== 0) {
    fail(`width must be a multiple of heads, got width ${checked.width} and heads ${checked.heads}`);
  }
  if (checked.editedLayers > checked.numWs) {
    fail(`editedLayers must not exceed numWs, got editedLayers ${checked.editedLayers} and numWs ${checked.numWs}`);
  }
  if (checked.patchSize % 2 === 0) fail(`patchSize: expected an odd number, got ${checked.patchSize}`);
  const { halvings, grid } = stemGrid(checked);
  const longer = longerSide(checked.featureResolution);
  if (!grid.every(Number.isInteger) || (longer > checked.memoryGrid && longer !== checked.memoryGrid * 2 ** halvings)) {
    fail(
      `featureResolution must be memoryGrid times a power of two, got ${JSON.stringify(checked.featureResolution)} and ${checked.memoryGrid}`,
    );
  }
  return checked;
}
