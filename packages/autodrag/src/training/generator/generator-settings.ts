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

/** The generator that the embedded default is made of. */
export const avatarGeneratorConfig: StyleGan2Config = styleGan2Config({
  resolution: 128,
  zDim: 64,
  wDim: 128,
  mappingLayers: 3,
  // 0.01, NVIDIA's value, is for adversarial training; a regression needs the mapping to move as fast as the rest.
  mappingLrMultiplier: 1,
  channelBase: 2048,
  channelMax: 192,
  convClamp: null,
});

/** What the shipped weights were trained with. */
export const avatarGeneratorStages: readonly GeneratorStage[] = [
  { resolution: 16, steps: 2500, batchSize: 8, learningRate: 0.012, finalLearningRate: 0.003, faceWeight: 3 },
  { resolution: 32, steps: 5000, batchSize: 8, learningRate: 0.01, finalLearningRate: 0.002, faceWeight: 5 },
  { resolution: 64, steps: 3800, batchSize: 8, learningRate: 0.006, finalLearningRate: 0.001, faceWeight: 5 },
  { resolution: 128, steps: 2500, batchSize: 8, learningRate: 0.003, finalLearningRate: 0.0001, faceWeight: 5 },
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
  seed: setting(wholeNumber(0), 0, 'of all that is random'),
};
