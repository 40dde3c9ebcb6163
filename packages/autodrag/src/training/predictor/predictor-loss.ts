import {
  displacementLoss,
  encodeMemory,
  type LatentPredictorConfig,
  motionField,
  predictFreeRunning,
  predictionLoss,
  predictTeacherForced,
  totalLoss,
} from '@autodrag/latent-predictor';
import { type LatentRegularizerConfig, latentRegularizer } from '@autodrag/latent-regularizer';
import { detach, mapParameters } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import type { JointParameters } from './joint-parameters.js';
import { realnessLoss, stillnessLoss } from './locality-loss.js';
import type { PredictorBatch } from './predictor-batch.js';
import type { PredictorSettings } from './predictor-settings.js';

/**
 * The loss of a step (Eq. 14, and two terms of ours): prediction and drag loss, the distance from where the motion
 * field says that the handles end to where they should, and what the motion field itself still has to learn.
 *
 * @param report gets each term as it is, unweighted
 */
export function predictorLoss(
  parameters: JointParameters,
  batch: PredictorBatch,
  {
    config,
    regularizerConfig,
    settings: {
      predictionWeight,
      dragWeight,
      displacementWeight,
      feeding,
      regularization,
      freeShare,
      stillWeight,
      realWeight,
    },
  }: { config: LatentPredictorConfig; regularizerConfig: LatentRegularizerConfig; settings: PredictorSettings },
  report: (name: string, value: tf.Scalar) => void,
): tf.Scalar {
  const { length, points, w, first, truth, wanted, free, pointWeights } = batch;
  const { steps: n, imageResolution } = config;
  const { statistics } = parameters.predictor;
  const predicted = rollouts(parameters, batch, { config, regularizerConfig, feeding, regularization });
  // Of a drag that no motion made nobody knows the true codes.
  const counted = tf.tile(tf.expandDims(tf.sub(1, free), 1), [1, length]) as tf.Tensor2D;
  const prediction = predictionLoss(predicted, truth, { std: statistics.codes.std, stepMask: counted });
  report(feeding === 'teacher' ? 'teacherForced' : length === 1 ? 'firstStep' : 'freeRunning', prediction);

  // To the predictor the field is a given: it must not learn to flatter.
  const known = mapParameters(parameters.field, (tensor) => detach(tensor));
  const last: tf.Tensor3D = tf.reshape(tf.slice(predicted, [0, length - 1], [first.shape[0], 1]), first.shape);
  const moved = motionField(known, config, { start: first, codes: last, points: points.handles });
  const displacement = displacementLoss(moved, wanted, { imageResolution, pointMask: pointWeights });
  report(length === 1 ? 'firstDisplacement' : 'displacement', displacement);

  const seen = motionField(parameters.field, config, batch.field);
  const learned = displacementLoss(seen, batch.field.wanted, { imageResolution });
  report('field', learned);

  const field = batch.predicted
    ? displacementLoss(motionField(parameters.field, config, batch.predicted), batch.predicted.wanted, {
        imageResolution,
      })
    : tf.scalar(0);
  if (batch.predicted) report('fieldAtPredictions', field);

  const drag = batch.drag?.loss(predicted, statistics.features.std);
  if (drag) report('drag', drag);
  // Errors add up along a rollout: without these factors the short ones would hardly count.
  const total = totalLoss(
    { prediction, displacement, drag },
    {
      predictionWeight: (predictionWeight * (n + 1)) / (length + 1),
      displacementWeight: (displacementWeight * n) / length,
      dragWeight,
    },
  );
  if (freeShare === 0) return tf.add(total, learned) as tf.Scalar;

  // What the true code tells otherwise: to move nothing without need, and to stay among real codes.
  const still = stillnessLoss(known, config, { start: first, codes: last, rows: free });
  const fixed = mapParameters(parameters.regularizer, (tensor) => detach(tensor));
  const whole = tf.concat([last, tf.slice(w, [0, config.editedLayers, 0], [-1, -1, -1])], 1) as tf.Tensor3D;
  const restored = tf.slice(latentRegularizer(fixed, regularizerConfig, whole), [0, 0, 0], last.shape);
  const real = realnessLoss(last, restored as tf.Tensor3D, { statistics: statistics.codes, rows: free });
  report('still', still);
  report('real', real);
  return tf.addN([total, learned, field, tf.mul(still, stillWeight), tf.mul(real, realWeight)]) as tf.Scalar;
}

/**
 * What the predictor gives for each drag, pulled back by the regularizer where it is to be: `[N K, length,
 * editedLayers, wDim]`.
 */
function rollouts(
  { predictor, regularizer }: JointParameters,
  { length, features, points, w, first, before }: PredictorBatch,
  {
    config,
    regularizerConfig,
    feeding,
    regularization: pull,
  }: Pick<PredictorSettings, 'feeding' | 'regularization'> & {
    config: LatentPredictorConfig;
    regularizerConfig: LatentRegularizerConfig;
  },
): tf.Tensor4D {
  const memory = encodeMemory(predictor, config, { features, ...points });
  const regularize = (code: tf.Tensor3D) => latentRegularizer(regularizer, regularizerConfig, code);
  const regularization = pull === 'none' ? undefined : { w, regularize };
  return feeding === 'teacher'
    ? predictTeacherForced(predictor, config, memory, before, { regularization })
    : predictFreeRunning(predictor, config, memory, first, { steps: length, regularization });
}
