import { type AvatarGeometry, appearanceFromLatent, geometryFromLatent, renderAvatar } from '@autodrag/avatars';
import { createMuon, createRandom, InvalidArgumentError, type Random } from '@autodrag/nn';
import {
  createStyleGan2Parameters,
  mapping,
  type StyleGan2Config,
  type StyleGan2Parameters,
  styleGan2Config,
  synthesis,
} from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { drawLatent } from './draw-latent.js';
import { runTraining } from './run-training.js';
import type { MetricsRow, TrainingOptions, TrainingProgress } from './training-types.js';

/** One resolution of the progressive distillation. */
export interface GeneratorStage {
  resolution: number;
  steps: number;
  batchSize: number;
  /** Adam's rate at the beginning of the stage; it falls along a cosine to `finalLearningRate`. */
  learningRate: number;
  finalLearningRate: number;
  /**
   * How much more the middle of the face counts than the corners of the picture. Backgrounds are most of the pixels and easy to be wrong
   * about; eyes and mouths are what people drag. @default 0
   */
  faceWeight?: number;
}

export interface TrainGeneratorOptions extends TrainingOptions {
  /** @default the embedded default: 128x128, z 64, w 128, three mapping layers, about 1.7 M parameters */
  config?: StyleGan2Config;
  /** @default `avatarGeneratorStages` */
  stages?: readonly GeneratorStage[];
}

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

/**
 * Distils the avatar renderer into a StyleGAN2: the synthesis network must give `render(geometry(z1), appearance(z2))` for
 * the first six layers of w from z1 and the others from z2. A regression by L1, progressive in resolution: what counts is the number of
 * optimiser steps, and those at 16x16 are cheap.
 *
 * @returns the trained parameters, the caller's to dispose
 * @throws GradientsNotRegisteredError, TrainingDivergedError, CheckpointMismatchError
 */
export async function* trainGenerator({
  config = avatarGeneratorConfig,
  stages = avatarGeneratorStages,
  seed = 0,
  ...options
}: TrainGeneratorOptions = {}): AsyncGenerator<
  TrainingProgress,
  { parameters: StyleGan2Parameters; history: MetricsRow[]; step: number }
> {
  if (stages.length === 0) throw new InvalidArgumentError('trainGenerator: stages: expected at least one, got none');
  const starts = stages.map((_, i) => stages.slice(0, i).reduce((sum, stage) => sum + stage.steps, 0));
  const stageAt = (step: number) => {
    let i = stages.length - 1;
    while (starts[i]! > step) i -= 1;
    return { stage: stages[i]!, progress: (step - starts[i]!) / stages[i]!.steps, start: starts[i] === step };
  };
  const steps = stages.reduce((sum, stage) => sum + stage.steps, 0);
  const random = createRandom(seed).fork('generator');
  const neutral = new Float32Array(config.zDim);

  const trained = yield* runTraining<StyleGan2Parameters>({
    ...options,
    kind: 'generator',
    fingerprint: JSON.stringify({ seed, config, stages, optimizer: 'muon' }),
    steps,
    // 1000 steps at 16x16 from the same start ended at an L1 of 0.049; with Adam (no momentum, its best rate) at 0.070.
    optimizer: createMuon({ beta1: 0, beta2: 0.99, clipNorm: 10 }),
    initial: () => createStyleGan2Parameters(random.fork('initial'), config),
    learningRate: (step) => {
      const { stage, progress } = stageAt(step);
      const cosine = 0.5 * (1 + Math.cos(Math.PI * progress));
      const rate = stage.finalLearningRate + (stage.learningRate - stage.finalLearningRate) * cosine;
      const blocks = Math.log2(stage.resolution / config.constSize[0]) + 1;
      return (name) => (blockOf(name) < blocks ? rate : 0);
    },
    // A block that comes into play has second moments of zero: with the old step count its first updates would be ten times too large.
    resetOptimizer: (step) => step > 0 && stageAt(step).start,
    phase: (step) => `${stageAt(step).stage.resolution}x${stageAt(step).stage.resolution}`,
    prepare: async (step) => {
      const { resolution, batchSize, faceWeight = 0 } = stageAt(step).stage;
      const draw = random.fork(step);
      // The picture at 16x16 depends on layers 0 to 5 alone: it can know where things are, and not their colours.
      const appearanceReaches = 2 * Math.log2(resolution) - 2 > editedLayers;
      const pixels = new Float32Array(batchSize * resolution * resolution * 3);
      const codes = new Float32Array(2 * batchSize * config.zDim);
      const weights = new Float32Array(faceWeight > 0 ? batchSize * resolution * resolution : 0);
      for (let i = 0; i < batchSize; i++) {
        const shapeCode = drawLatent(draw, config.zDim);
        const colourCode = drawLatent(draw, config.zDim);
        codes.set(shapeCode, i * config.zDim);
        codes.set(colourCode, (batchSize + i) * config.zDim);
        const geometry = geometryFromLatent(shapeCode);
        const appearance = appearanceFromLatent(appearanceReaches ? colourCode : neutral);
        const size = resolution * resolution * 3;
        renderAvatar({ geometry, appearance }, { resolution, out: pixels.subarray(i * size, (i + 1) * size) });
        if (faceWeight > 0) {
          const area = resolution * resolution;
          fillFaceWeights(geometry, resolution, faceWeight, weights.subarray(i * area, (i + 1) * area));
        }
      }
      const target = tf.tensor4d(pixels, [batchSize, resolution, resolution, 3]);
      const z = tf.tensor2d(codes, [2 * batchSize, config.zDim]);
      const weight = faceWeight > 0 ? tf.tensor4d(weights, [batchSize, resolution, resolution, 1]) : null;
      return {
        dispose: () => tf.dispose(weight ? [target, z, weight] : [target, z]),
        loss: (parameters, report) => {
          const ws = mapping(parameters, config, z);
          const mixed = mixStyles(ws, batchSize);
          const { image } = synthesis(parameters, config, mixed, { noise: 'none', until: resolution });
          const difference = tf.sub(image!, target) as tf.Tensor4D;
          report('l1', tf.mean(tf.abs(difference)) as tf.Scalar);
          const weighted = weight ? (tf.mul(difference, weight) as tf.Tensor4D) : difference;
          const pixel = tf.mean(tf.abs(weighted)) as tf.Scalar;
          // Averages over 4x4 pixels: a sharp edge in the wrong place has no gradient that says where to go, its blurred version has.
          const coarse = tf.mean(tf.abs(tf.avgPool(weighted, 4, 4, 'valid'))) as tf.Scalar;
          return tf.add(pixel, coarse) as tf.Scalar;
        },
      };
    },
  });
  const wAvg = averageCode(trained.parameters, config, random.fork('average'));
  trained.parameters.buffers.wAvg.dispose();
  return { ...trained, parameters: { ...trained.parameters, buffers: { ...trained.parameters.buffers, wAvg } } };
}

/** 1 + faceWeight in the middle of the face, falling to 1 over the size of the head: `[resolution * resolution]`. */
function fillFaceWeights(
  { headX, headY, scale }: AvatarGeometry,
  resolution: number,
  faceWeight: number,
  out: Float32Array,
): void {
  const width = 0.75 * scale;
  for (let y = 0; y < resolution; y++) {
    for (let x = 0; x < resolution; x++) {
      const dx = ((x + 0.5) / resolution - headX) / width;
      const dy = ((y + 0.5) / resolution - headY) / width;
      out[y * resolution + x] = 1 + faceWeight * Math.exp(-0.5 * (dx * dx + dy * dy));
    }
  }
}

/** The middle of W, towards which truncation pulls: the mean of 16384 codes, `[wDim]`. */
function averageCode(parameters: StyleGan2Parameters, config: StyleGan2Config, random: Random): tf.Tensor1D {
  return tf.tidy(() => {
    const z = random.normalTensor([16384, config.zDim]) as tf.Tensor2D;
    return tf.mean(tf.slice(mapping(parameters, config, z), [0, 0, 0], [-1, 1, -1]), [0, 1]) as tf.Tensor1D;
  });
}

/** Index of the block of the synthesis network that a parameter belongs to, -1 for the mapping network's. */
function blockOf(name: string): number {
  return Number(/^synthesis\.blocks\.(\d+)\./.exec(name)?.[1] ?? -1);
}

/** Layers of w that mean geometry. */
const editedLayers = 6;

/** Layers 0 to 5 of the first half of the batch, the others of the second half: `[2B, L, W]` → `[B, L, W]`. */
function mixStyles(ws: tf.Tensor3D, batchSize: number): tf.Tensor3D {
  const [geometry, appearance] = tf.split(ws, 2, 0) as [tf.Tensor3D, tf.Tensor3D];
  const layers = ws.shape[1];
  const edited = tf.slice(geometry, [0, 0, 0], [batchSize, editedLayers, -1]);
  const kept = tf.slice(appearance, [0, editedLayers, 0], [batchSize, layers - editedLayers, -1]);
  return tf.concat([edited, kept], 1) as tf.Tensor3D;
}
