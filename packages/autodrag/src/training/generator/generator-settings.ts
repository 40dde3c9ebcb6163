import {
  listOf,
  numberFromZero,
  oneOf,
  positiveNumber,
  setting,
  trueOrFalse,
  wholeNumber,
} from '@autodrag/nn/training';
import { blockResolutions, type StyleGan2Config, styleGan2Config } from '@autodrag/stylegan2';

/** One resolution of the progressive distillation. */
export type GeneratorStage = {
  resolution: number;
  steps: number;
  batchSize: number;
  /** Rate at the beginning of the stage; it falls along a cosine to `finalLearningRate`. */
  learningRate: number;
  finalLearningRate: number;
  /**
   * How much more the middle of the face counts than the corners of the picture. Backgrounds are most of the pixels and
   * easy to be wrong about; eyes and mouths are what people drag. @default 0
   */
  faceWeight?: number;
  /** How much more, besides, boxes around eyes, brows and mouth count. @default 0 */
  partsWeight?: number;
  /**
   * Whether crispness counts: pyramid and gradients, a critic of patches, and features of a landmark detector that
   * learns beside.
   * @default false: L1 alone
   */
  sharp?: boolean;
  /**
   * Side of the part of each picture that is computed and compared, in pixels, a multiple of 16; mostly about the face.
   * @default all
   */
  window?: number;
};

/** Layers of w that mean geometry. */
export const editedLayers = 6;

/** The networks of the recipe, which a domain gives its latent and the largest stage their size. */
export const avatarGeneratorConfig: StyleGan2Config = styleGan2Config({
  resolution: 256,
  zDim: 80,
  wDim: 128,
  mappingLayers: 3,
  // 0.01, NVIDIA's value, is for adversarial training; a regression needs the mapping to move as fast as the rest.
  mappingLrMultiplier: 1,
  channelBase: 4096,
  channelMax: 192,
  convClamp: null,
});

const common = { batchSize: 8, faceWeight: 3, partsWeight: 8 } as const;

/**
 * Coarse first, where steps are cheap; from 128 on sharp, and in windows, most of them about the face. Colours and
 * places are learned up to 64x64, by many steps and as the rate falls: L1 there was 0.060 after 2000 steps down to
 * 0.001, and 0.048 after 1500 more from 0.002 to 0.0003, while 4250 steps of the finer stages in between left it where
 * it was.
 */
export const avatarGeneratorStages: readonly GeneratorStage[] = [
  { ...common, resolution: 16, steps: 1500, learningRate: 0.012, finalLearningRate: 0.003, partsWeight: 0 },
  { ...common, resolution: 32, steps: 2500, learningRate: 0.01, finalLearningRate: 0.002 },
  { ...common, resolution: 64, steps: 4000, learningRate: 0.006, finalLearningRate: 0.0003 },
  { ...common, resolution: 128, steps: 1500, learningRate: 0.004, finalLearningRate: 0.001, sharp: true, window: 80 },
  { ...common, resolution: 256, steps: 6000, learningRate: 0.003, finalLearningRate: 0.0001, sharp: true, window: 128 },
];

export const generatorSettings = {
  stages: setting(
    listOf<GeneratorStage>({
      resolution: oneOf(...blockResolutions(avatarGeneratorConfig)),
      steps: wholeNumber(1),
      batchSize: wholeNumber(1),
      learningRate: positiveNumber,
      finalLearningRate: positiveNumber,
      'faceWeight?': numberFromZero,
      'partsWeight?': numberFromZero,
      'sharp?': trueOrFalse,
      'window?': wholeNumber(16),
    }),
    avatarGeneratorStages,
    'the resolutions that it is trained at, one after the other',
  ),
  readoutWeight: setting(numberFromZero, 0.1, 'weight of how far z is from being readable in w'),
  seed: setting(wholeNumber(0), 0, 'of all that is random'),
};
