import { InvalidArgumentError } from '@autodrag/nn';
import { blockSize, channelsAt, type Generator, numWs } from '@autodrag/stylegan2';

/** Every size of a UserControllableLT. It is stored with the weights. */
export type UserControllableLtConfig = {
  /** Layers of a latent code, and channels of one. The generator's. */
  numWs: number;
  wDim: number;
  /** Leading layers that are edited. */
  editedLayers: number;
  /** Width of the transformer; even, and a multiple of `heads`. */
  width: number;
  heads: number;
  /** Hidden features of each feed-forward block. */
  feedForward: number;
  encoderLayers: number;
  decoderLayers: number;
  /** Height of the feature map whose features tell what is at a point, its channels. */
  featureResolution: number;
  featureChannels: number;
  /** Height and width of the pictures, in whose pixels points are. */
  imageHeight: number;
  imageWidth: number;
  /** Length of a drag, in pixels of a picture of 256, that moves a code by the decoder's output as it is: alpha = 1. */
  motionUnit: number;
};

/** As published: 6 + 6 layers of width 512, the features at 64x64, 10 pixels. */
const published = {
  editedLayers: 6,
  width: 512,
  heads: 8,
  feedForward: 512,
  encoderLayers: 6,
  decoderLayers: 6,
  featureResolution: 64,
  motionUnit: 10,
};

/**
 * The published sizes for a generator, with some of them replaced. Where the generator has no block as high as
 * `featureResolution`, its last one is read.
 *
 * @throws InvalidArgumentError if a size breaks its rule
 */
export function userControllableLtConfig(
  { config }: Pick<Generator, 'config'>,
  sizes: Partial<typeof published> = {},
): UserControllableLtConfig {
  const [imageHeight, imageWidth] = blockSize(config, config.resolution);
  const wanted = { ...published, ...sizes };
  const featureResolution = Math.min(wanted.featureResolution, config.resolution);
  const layers = numWs(config);
  return checkedUserControllableLtConfig(
    {
      ...wanted,
      editedLayers: Math.min(wanted.editedLayers, layers),
      featureResolution,
      featureChannels: channelsAt(config, featureResolution),
      imageHeight,
      imageWidth,
      numWs: layers,
      wDim: config.wDim,
    },
    'userControllableLtConfig',
  );
}

/** A copy of `config` with exactly the known keys, after checking each. */
export function checkedUserControllableLtConfig(
  config: UserControllableLtConfig,
  where: string,
): UserControllableLtConfig {
  const whole = (name: keyof UserControllableLtConfig): number => {
    const value = config[name];
    if (Number.isSafeInteger(value) && value >= 1) return value;
    throw new InvalidArgumentError(`${where}: ${name}: expected a positive whole number, got ${value}`);
  };
  if (!(config.motionUnit > 0 && Number.isFinite(config.motionUnit))) {
    throw new InvalidArgumentError(`${where}: motionUnit: expected a positive number, got ${config.motionUnit}`);
  }
  const checked: UserControllableLtConfig = {
    numWs: whole('numWs'),
    wDim: whole('wDim'),
    editedLayers: whole('editedLayers'),
    width: whole('width'),
    heads: whole('heads'),
    feedForward: whole('feedForward'),
    encoderLayers: whole('encoderLayers'),
    decoderLayers: whole('decoderLayers'),
    featureResolution: whole('featureResolution'),
    featureChannels: whole('featureChannels'),
    imageHeight: whole('imageHeight'),
    imageWidth: whole('imageWidth'),
    motionUnit: config.motionUnit,
  };
  const { width, heads, editedLayers, numWs: layers } = checked;
  if (width % heads !== 0 || width % 2 !== 0) {
    throw new InvalidArgumentError(
      `${where}: width must be even and a multiple of heads, got width ${width} and heads ${heads}`,
    );
  }
  if (editedLayers > layers) {
    throw new InvalidArgumentError(
      `${where}: editedLayers must not exceed numWs, got editedLayers ${editedLayers} and numWs ${layers}`,
    );
  }
  return checked;
}
