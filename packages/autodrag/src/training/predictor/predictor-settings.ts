import {
  anyNumber,
  interval,
  numberFromZero,
  oneOf,
  positiveNumber,
  type SettingsOf,
  setting,
  share,
  trueOrFalse,
  wholeNumber,
} from '@autodrag/nn/training';

export const predictorSettings = {
  steps: setting(wholeNumber(1), 2400, 'optimiser steps in all'),
  motions: setting(wholeNumber(1), 20, 'motions a step'),
  drags: setting(wholeNumber(1), 4, 'drags a motion: the same pictures with other points'),
  optimizer: setting(oneOf('muon', 'adam'), 'muon', 'how parameters move'),
  learningRate: setting(positiveNumber, 1e-3, 'of the predictor, at the start'),
  warmupSteps: setting(wholeNumber(0), 100, 'steps over which the rate rises from nothing'),
  ratePeriod: setting(
    wholeNumber(-1),
    0,
    'steps in which the rate falls to a hundredth, again and again; 0: once over all; -1: it stays',
  ),
  regularizerLearningRate: setting(numberFromZero, 1e-5, 'of the regularizer, which is trained on'),
  regularizerRate: setting(oneOf('same', 'constant'), 'same', 'whether the regularizer’s rate moves, too'),
  feeding: setting(
    oneOf('own', 'teacher'),
    'own',
    'what a step predicts from: its predictions, or the true codes, all steps at once',
  ),
  freeRunningFrom: setting(
    share,
    0.5,
    'share of the steps after which predictions are fed back; before, all rollouts are one step long',
  ),
  dragLossFrom: setting(share, 1, 'share of the steps after which the drag loss joins in; 1 is never'),
  dragLossMotions: setting(wholeNumber(0), 1, 'motions of a step that the drag loss is computed for, at most all'),
  displacementWeight: setting(
    numberFromZero,
    1,
    'weight of the distance from handles to targets, as the motion field sees it',
  ),
  predictionWeight: setting(numberFromZero, 0.1, 'weight of the prediction loss in Eq. 14'),
  dragWeight: setting(numberFromZero, 1, 'weight of the drag loss in Eq. 14'),
  freeShare: setting(
    share,
    0,
    'share of drags that no motion made: any handle and target, learned through the motion field',
  ),
  freeFrom: setting(
    share,
    0.15,
    'share of the steps after which such drags join in, when the motion field has learned',
  ),
  stillWeight: setting(numberFromZero, 0.3, 'weight, for these drags, of how far the whole picture moves'),
  realWeight: setting(numberFromZero, 0.1, 'weight, for these drags, of the distance from real codes'),
  matching: setting(
    oneOf('features', 'orb'),
    'features',
    'how points are found again: in feature maps, or ORB and GMS',
  ),
  points: setting(
    oneOf('mixed', 'long'),
    'mixed',
    'of a drag: one that moves far and any others, or only those that move beyond 50 px at 512',
  ),
  reach: setting(interval, [0.1, 1], 'share of the way to w* that a motion goes, drawn from this interval'),
  stillShare: setting(share, 0.05, 'share of motions that stand still'),
  direction: setting(oneOf('toward', 'away'), 'toward', 'of a motion from w*; the paper prints away'),
  spacing: setting(
    oneOf('linear', 'geometric'),
    'linear',
    'equal steps, or steps that shrink by 1 - lambda, as Eq. 7 has it',
  ),
  truncationPsi: setting(anyNumber, 0.7, 'truncation of the codes'),
  settling: setting(
    trueOrFalse,
    true,
    'whether the motion field goes with the weights, and settles what the predictor leaves',
  ),
  motionSteps: setting(wholeNumber(1), 5, 'codes of a motion, n in the paper; 1 is without a sequence'),
  regularization: setting(
    oneOf('learned', 'none'),
    'learned',
    'whether a prediction takes the regularizer’s correction: by a learned gate, or never',
  ),
  seed: setting(wholeNumber(0), 0, 'of all that is random'),
};

export type PredictorSettings = SettingsOf<typeof predictorSettings>;
