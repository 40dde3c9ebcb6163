import { detach, mapParameters, type Random } from '@autodrag/nn';
import {
  createLandmarkDetectorParameters,
  type LandmarkDetectorParameters,
  landmarkFeatures,
} from '@autodrag/rendered-domain/detector';
import {
  createStyleGan2Parameters,
  mapping,
  mixStyles,
  type StyleGan2Config,
  type StyleGan2Parameters,
  synthesis,
} from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { criticLoss, generatorAdversarialLoss, gradientPenalty } from './adversarial-loss.js';
import { balancedLoss } from './balanced-loss.js';
import type { Renders } from './draw-renders.js';
import { detachFeatures, featureLoss, landmarkLoss } from './feature-loss.js';
import { editedLayers } from './generator-settings.js';
import { createLatentReadout, type LatentReadoutParameters, readoutLoss } from './latent-readout.js';
import { createPatchCritic, type PatchCriticParameters, patchCritic } from './patch-critic.js';
import { pictureGradients } from './picture-gradients.js';
import { sharpRegressionLoss } from './sharp-regression-loss.js';
import { synthesizeWindow } from './synthesize-window.js';

/** All that learns: the generator, and what only its loss needs. */
export type GeneratorTrainingParameters = {
  generator: StyleGan2Parameters;
  critic: PatchCriticParameters;
  /**
   * A landmark detector of its own: the one that judges must not be the one that the generator was taught to please.
   */
  landmarks: LandmarkDetectorParameters;
  /** Keeps z readable in w. */
  readout: LatentReadoutParameters;
};

/**
 * @param landmarks how many the loss's detector should find
 * @param generator weights to begin with, which are copied. @default random ones
 */
export function createGeneratorTraining(
  random: Random,
  config: StyleGan2Config,
  landmarks: number,
  generator?: StyleGan2Parameters,
): GeneratorTrainingParameters {
  const widths = { at64: 24, at32: 40, at16: 48, at8: 96, heat: 48 };
  return {
    generator: generator
      ? mapParameters(generator, (x) => x.clone())
      : createStyleGan2Parameters(random.fork('initial'), config),
    critic: createPatchCritic(random.fork('critic')),
    landmarks: createLandmarkDetectorParameters(random.fork('landmarks'), landmarks, widths),
    readout: createLatentReadout(random.fork('readout'), config.wDim, config.zDim),
  };
}

type Report = (name: string, value: tf.Scalar) => void;

/** How hard the critic and the features pull at a picture, measured by the regression. */
const shares = { adversarial: 0.5, features: 0.5 } as const;
/** Coarse pictures that the critic is shown: as of a 32x32 render. */
const coarseSide = 32;
const penaltyEvery = 16;
/**
 * R1's weight. The estimate counts some 33 overlapping patches, and a soft picture differs from a crisp one by little:
 * at 0.01 the critic's loss stayed at chance (1.38 of 2 ln 2 for 880 steps at 128x128), at 0.0005 it was 1.29 after a
 * hundred.
 */
const penaltyWeight = 0.0005;

/**
 * What the generator draws for the batch, whole pictures or their windows, and the codes w that it draws from, of
 * geometry and of appearance: `[2 · batch, wDim]`.
 */
export function drawBatch(
  generator: StyleGan2Parameters,
  config: StyleGan2Config,
  { z, corners, side }: Renders,
  resolution: number,
): { image: tf.Tensor4D; w: tf.Tensor2D } {
  const codes = mapping(generator, config, z);
  const w = tf.squeeze(tf.slice(codes, [0, 0, 0], [-1, 1, -1]), [1]) as tf.Tensor2D;
  const [geometry, appearance] = tf.split(codes, 2, 0) as [tf.Tensor3D, tf.Tensor3D];
  const ws = mixStyles(geometry, appearance, editedLayers);
  if (!corners) return { image: synthesis(generator, config, ws, { noise: 'none', until: resolution }).image!, w };
  const image = synthesizeWindow(generator, config, ws, { resolution, corners, side: side / (resolution / 64) });
  return { image, w };
}

/** How far z is from being readable in w, weighted; reported as it is. */
export function weightedReadoutLoss(
  { readout }: Pick<GeneratorTrainingParameters, 'readout'>,
  w: tf.Tensor2D,
  z: tf.Tensor2D,
  { weight, report }: { weight: number; report: Report },
): tf.Scalar {
  const loss = readoutLoss(readout, w, z);
  report('readout', loss);
  return tf.mul(loss, weight);
}

/** The loss of the low resolutions: weighted L1, of pixels and of averages over 4x4. */
export function plainLoss(image: tf.Tensor4D, { target, weight }: Renders, report: Report): tf.Scalar {
  return tf.tidy(() => {
    const difference = tf.sub(image, target) as tf.Tensor4D;
    report('l1', tf.mean(tf.abs(difference)) as tf.Scalar);
    const weighted = tf.mul(difference, weight) as tf.Tensor4D;
    const pixel = tf.mean(tf.abs(weighted)) as tf.Scalar;
    // A sharp edge in the wrong place has no gradient that says where to go, its blurred version has.
    const coarse = tf.mean(tf.abs(tf.avgPool(weighted, 4, 4, 'valid'))) as tf.Scalar;
    return tf.add(pixel, coarse) as tf.Scalar;
  });
}

/**
 * The loss of the high resolutions. The generator's: a regression that heeds fine scales, and as hard as half of it
 * each a critic of patches and the features of a landmark detector. Added to it those of the critic and of the
 * detector, which do not reach the generator.
 */
export function sharpLoss(
  { critic, landmarks }: GeneratorTrainingParameters,
  image: tf.Tensor4D,
  renders: Renders,
  { step, resolution, random, report }: { step: number; resolution: number; random: Random; report: Report },
): tf.Scalar {
  const { target, weight, points, seen, side } = renders;
  const factor = Math.max(4, resolution / coarseSide);
  const coarse = tf.avgPool(target, factor, factor, 'valid');
  const constantCritic = mapParameters(critic, (x) => detach(x));
  const constantLandmarks = mapParameters(landmarks, (x) => detach(x));
  const judge = (p: PatchCriticParameters) => (x: tf.Tensor4D) => patchCritic(p, x, coarse);
  const features = landmarkFeatures(landmarks, target);
  const constantFeatures = detachFeatures(features);

  const generatorLoss = balancedLoss(
    image,
    (x) => sharpRegressionLoss(x, target, weight),
    [
      {
        name: 'adversarial',
        share: shares.adversarial,
        loss: (x) => generatorAdversarialLoss(judge(constantCritic), x),
      },
      { name: 'features', share: shares.features, loss: (x) => featureLoss(constantLandmarks, x, constantFeatures) },
    ],
    report,
  );
  const verdicts = criticLoss(judge(critic), target, image);
  const sight = landmarkLoss(landmarks, features, { points, weight: seen, resolution: side });
  report('critic', verdicts);
  report('landmarks', sight);
  report('l1', tf.mean(tf.abs(tf.sub(image, target))) as tf.Scalar);
  report('gradients', gradientRatio(image, target, weight));
  const losses: tf.Scalar[] = [generatorLoss, verdicts, sight];
  if (step % penaltyEvery === 0) {
    const penalty = gradientPenalty(judge(critic), target, random);
    report('penalty', penalty);
    losses.push(tf.mul(penalty, penaltyWeight * penaltyEvery));
  }
  return tf.addN(losses);
}

/**
 * How large the gradients of the pictures are against the renderer's, where it counts most: 1 is as crisp, less is
 * softer.
 */
function gradientRatio(image: tf.Tensor4D, target: tf.Tensor4D, weight: tf.Tensor4D): tf.Scalar {
  return tf.tidy(() => {
    const energy = (x: tf.Tensor4D) => {
      const { right } = pictureGradients(x);
      const [, , W] = right.shape;
      return tf.sum(tf.mul(tf.abs(right), tf.slice(weight, [0, 0, 0, 0], [-1, -1, W, -1])));
    };
    return tf.div(energy(image), energy(target)) as tf.Scalar;
  });
}
