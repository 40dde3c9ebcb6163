import { cosineSchedule, createAdam, createRandom } from '@autodrag/nn';
import {
  defaultSettings,
  type MetricsRow,
  positiveNumber,
  resolveSettings,
  type SettingsOf,
  setting,
  startTraining,
  type TrainingOptions,
  type TrainingRun,
  wholeNumber,
} from '@autodrag/nn/training';
import * as tf from '@tensorflow/tfjs-core';
import { checkDomain } from '../check-domain.js';
import { drawLatent } from '../draw-latent.js';
import type { RenderedDomain } from '../rendered-domain.js';
import {
  createLandmarkDetectorParameters,
  type LandmarkDetectorParameters,
  landmarkDetector,
} from './landmark-detector.js';

export const detectorSettings = {
  steps: setting(wholeNumber(1), 6000, 'optimiser steps in all'),
  batchSize: setting(wholeNumber(1), 16, 'pictures a step'),
  learningRate: setting(positiveNumber, 0.003, 'falls to a hundredth along a cosine'),
  seed: setting(wholeNumber(0), 0, 'of all that is random'),
};

export type TrainDetectorOptions = TrainingOptions &
  Partial<SettingsOf<typeof detectorSettings>> & {
    /** Whose landmarks it should find. */
    domain: RenderedDomain;
  };

export type TrainedDetector = { parameters: LandmarkDetectorParameters; history: MetricsRow[] };

const resolution = 128;

/**
 * Trains the landmark detector on renders alone, so that it can judge what the generator and the predictor make.
 * Renders are crisper than generated pictures: each is blurred at random and gets some noise.
 *
 * @returns its progress, and its result: the trained parameters, the caller's to dispose
 * @throws InvalidArgumentError if a setting breaks its rule, or the domain lacks something
 */
export function trainDetector({
  domain,
  store,
  begin,
  checkpointEverySeconds,
  reportEvery,
  signal,
  ...given
}: TrainDetectorOptions): TrainingRun<TrainedDetector> {
  checkDomain('trainDetector', domain);
  const settings = resolveSettings('trainDetector', detectorSettings, given);
  const { seed, steps, batchSize, learningRate } = settings;
  const random = createRandom(seed).fork('detector');
  const landmarks = domain.landmarkNames.length;
  return startTraining<LandmarkDetectorParameters, Omit<TrainedDetector, 'history'>>({
    store,
    begin,
    checkpointEverySeconds,
    reportEvery,
    signal,
    kind: 'detector',
    settings: { ...settings, landmarks, domain: domain.name },
    // A checkpoint that names no domain was written before there was a second one.
    defaults: { ...defaultSettings(detectorSettings), domain: 'avatars' },
    steps,
    optimizer: createAdam({ clipNorm: 50 }),
    initial: () => createLandmarkDetectorParameters(random.fork('initial'), landmarks),
    learningRate: cosineSchedule({ from: learningRate, to: learningRate / 100, period: steps }),
    prepare: async (step) => {
      const draw = random.fork(step);
      const size = resolution * resolution * 3;
      const pixels = new Float32Array(batchSize * size);
      const truth = new Float32Array(batchSize * landmarks * 2);
      const weights = new Float32Array(batchSize * landmarks);
      const sharpness = new Float32Array(batchSize);
      for (let i = 0; i < batchSize; i++) {
        // Geometry and appearance from one z or from two make no difference: they are different entries of it.
        const z = drawLatent(draw, domain.latentDimensions);
        domain.render(z, z, { resolution, out: pixels.subarray(i * size, (i + 1) * size) });
        const { points, visible } = domain.landmarks(z, { resolution });
        truth.set(points, i * landmarks * 2);
        // A hidden landmark is a guess: it counts, so that the output stays sane, but little.
        for (let j = 0; j < landmarks; j++) weights[i * landmarks + j] = visible[j] ? 1 : 0.1;
        sharpness[i] = draw.uniform();
      }
      const images = tf.tidy(() => {
        const crisp = tf.tensor4d(pixels, [batchSize, resolution, resolution, 3]);
        const blurred = tf.avgPool(crisp, 3, 1, 'same');
        const share = tf.tensor4d(sharpness, [batchSize, 1, 1, 1]);
        const mixed = tf.add(blurred, tf.mul(share, tf.sub(crisp, blurred)));
        return tf.add(mixed, draw.normalTensor([batchSize, resolution, resolution, 3], 0.03)) as tf.Tensor4D;
      });
      const expected = tf.tensor3d(truth, [batchSize, landmarks, 2]);
      const weight = tf.tensor2d(weights, [batchSize, landmarks]);
      return {
        dispose: () => tf.dispose([images, expected, weight]),
        loss: (parameters) => {
          const error = tf.sum(tf.abs(tf.sub(landmarkDetector(parameters, images), expected)), 2);
          return tf.div(tf.sum(tf.mul(error, weight)), tf.sum(weight)) as tf.Scalar;
        },
      };
    },
    finish: (parameters) => ({ parameters }),
  });
}
