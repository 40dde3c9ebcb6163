// A step of stage 2 on a batch that stays the same, of the functions that the training itself is made of.
import {
  displacementLoss,
  dragLoss,
  encodeMemory,
  joinCodes,
  motionField,
  predictFreeRunning,
  predictionLoss,
  totalLoss,
} from '@autodrag/latent-predictor';
import { latentRegularizer } from '@autodrag/latent-regularizer';
import { createMuon, detach, disposeParameters, mapParameters, valueAndGrads } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs';

/**
 * @returns a function that does the first step of a training: `first` predicts one code, `whole` all, `drag` all and
 * has the drag loss of one motion; it gives loss and length of the gradient
 */
export function createSteps({ generator, predictor: { config }, regularizer, models, batch }) {
  const { editedLayers, wDim, steps: n, imageResolution, featureResolution: map } = config;
  const optimizer = createMuon({ clipNorm: 1 });
  const memory = optimizer.init(models);
  const learningRate = (name) => (name.startsWith('regularizer.') ? 1e-5 : 1e-3);
  const rows = batch.w.shape[0];
  const first = tf.slice(batch.codes, [0, 0, 0, 0], [rows, 1, editedLayers, wDim]).reshape([rows, editedLayers, wDim]);

  const featuresOf = (w) => generator.features(w, map, { noise: 'none' }).features[map];

  const lossOf = (parameters, features, length, before) => {
    const { predictor, field } = parameters;
    const { handles, targets, pointMask } = batch;
    const tokens = encodeMemory(predictor, config, { features, handles, targets, pointMask });
    const regularize = (w) => latentRegularizer(parameters.regularizer, regularizer.config, w);
    const regularization = { w: batch.w, regularize };
    const predicted = predictFreeRunning(predictor, config, tokens, first, { steps: length, regularization });
    const truth = tf.slice(batch.codes, [0, 1, 0, 0], [rows, length, editedLayers, wDim]);
    const prediction = predictionLoss(predicted, truth, { std: predictor.statistics.codes.std });
    const known = mapParameters(field, (tensor) => detach(tensor));
    const last = tf.slice(predicted, [0, length - 1, 0, 0], [rows, 1, editedLayers, wDim]).reshape(first.shape);
    const moved = motionField(known, config, { start: first, codes: last, points: handles });
    const wanted = tf.mul(tf.sub(targets, handles), length / n);
    const displacement = displacementLoss(moved, wanted, { imageResolution, pointMask });
    const { fieldStart: start, fieldCodes: codes, fieldPoints: points } = batch;
    const seen = motionField(field, config, { start, codes, points });
    const learned = displacementLoss(seen, batch.fieldWanted, { imageResolution });
    const drag = before && dragLossOf(predicted, before, predictor.statistics.features.std);
    const weights = { predictionWeight: (0.1 * (n + 1)) / (length + 1), displacementWeight: n / length };
    return tf.add(totalLoss({ prediction, displacement, drag }, weights), learned);
  };

  const dragLossOf = (predicted, before, std) => {
    const w = joinCodes(tf.slice(predicted, [0, 0, 0, 0], [1, n, editedLayers, wDim]), wOf(1)).reshape([n, -1, wDim]);
    const points = { handles: batch.matchHandles, targets: batch.matchTargets };
    return dragLoss({ before, after: featuresOf(w), ...points }, { imageResolution, steps: n, std });
  };
  const wOf = (count) => tf.slice(batch.starts, [0, 0, 0], [count, -1, -1]);

  return async (variant) => {
    const features = featuresOf(batch.starts);
    const before =
      variant === 'drag'
        ? tf.tidy(() => {
            const codes = tf.slice(batch.codes, [0, 0, 0, 0], [1, n, editedLayers, wDim]);
            return featuresOf(joinCodes(codes, wOf(1)).reshape([n, -1, wDim]));
          })
        : null;
    const length = variant === 'first' ? 1 : n;
    const { value, grads } = valueAndGrads((p) => lossOf(p, features, length, before), models);
    const { parameters, state, gradNorm } = optimizer.update(models, grads, memory, { learningRate });
    const [[loss], [norm]] = await Promise.all([value.data(), gradNorm.data()]);
    for (const tree of [grads, parameters, state]) disposeParameters(tree);
    tf.dispose([features, value, gradNorm, ...(before ? [before] : [])]);
    return { loss, gradNorm: norm };
  };
}
