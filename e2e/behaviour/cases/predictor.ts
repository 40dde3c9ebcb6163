import {
  createLatentPredictor,
  createLatentPredictorParameters,
  dragLoss,
  encodeMemory,
  type LatentPredictorConfig,
  latentPredictorConfig,
  type MemoryInput,
  motionSequence,
  predictFreeRunning,
  predictionLoss,
  predictTeacherForced,
  stepLambda,
} from '@autodrag/latent-predictor';
import { createRandom, flattenParameters, valueAndGrads } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs';
import type { Case, Cases } from '../case.js';
import { normal } from '../models.js';

type Tokens = LatentPredictorConfig['tokens'];

function configOf(tokens: Tokens): LatentPredictorConfig {
  const sizes = { numWs: 4, wDim: 4, editedLayers: 2, steps: 3, width: 8, heads: 2, feedForward: 8 };
  const maps = { featureResolution: 8, featureChannels: 3, imageResolution: 16, memoryGrid: 2, stemChannels: 4 };
  const depth = { patchSize: 3, encoderLayers: 1, decoderLayers: 2, fourierFrequencies: 2 };
  return latentPredictorConfig('compact', { ...sizes, ...maps, ...depth, tokens });
}

/** Statistics that are not the trivial ones, and a head that moves codes: a fresh one leaves them where they are. */
function parametersOf(config: LatentPredictorConfig) {
  const random = createRandom(1);
  const spread = (size: number) => tf.tensor1d(Array.from({ length: size }, () => 0.5 + random.uniform()));
  const average = (size: number) => random.normalTensor([size]) as tf.Tensor1D;
  const parameters = createLatentPredictorParameters(
    random,
    config,
    {
      codes: { average: average(config.wDim), std: spread(config.wDim) },
      features: { average: average(config.featureChannels), std: spread(config.featureChannels) },
    },
    { gate: 0.5 },
  );
  return { ...parameters, head: { ...parameters.head, weight: normal<tf.Tensor2D>(parameters.head.weight.shape, 3) } };
}

/** Two drags of three points; the last point of the first is none. */
function inputOf({ numWs, wDim }: LatentPredictorConfig): Required<MemoryInput> & { w: tf.Tensor3D } {
  const random = createRandom(2);
  const places = () => random.uniformTensor([2, 3, 2], 0, 15) as tf.Tensor3D;
  return {
    features: random.normalTensor([2, 8, 8, 3]) as tf.Tensor4D,
    handles: places(),
    targets: places(),
    pointMask: tf.tensor2d([1, 1, 0, 1, 1, 1], [2, 3]),
    w: random.normalTensor([2, numWs, wDim]) as tf.Tensor3D,
  };
}

/** What `make` returns, without what it made on the way. */
const kept = <T extends object>(make: () => T): T => tf.tidy(() => make() as never);

const rollOut = (tokens: Tokens): Case => ({
  run: async () => {
    const config = configOf(tokens);
    const predictor = createLatentPredictor(
      config,
      kept(() => parametersOf(config)),
    );
    const input = kept(() => inputOf(config));
    const regularize = (w: tf.Tensor3D) => tf.sin(w) as tf.Tensor3D;
    const steps: Record<string, tf.Tensor> = {};
    for await (const code of predictor.rollout(input, { regularize })) {
      steps[`step ${Object.keys(steps).length + 1}`] = code;
    }
    const atOnce = predictor.predict(input, { regularize });
    predictor.dispose();
    tf.dispose(input);
    return { ...steps, atOnce };
  },
});

const losses = (tokens: Tokens): Case => ({
  run: () =>
    tf.tidy((): Record<string, tf.Tensor> => {
      const config = configOf(tokens);
      const parameters = parametersOf(config);
      const { w, ...input } = inputOf(config);
      const lambda = stepLambda(tf.tensor1d([0.5, 1]), 3);
      const codes = motionSequence(w, tf.neg(w) as tf.Tensor3D, { steps: 2, lambda, editedLayers: 2 });
      const forced = predictTeacherForced(parameters, config, encodeMemory(parameters, config, input), codes);
      const moved = { before: input.features, after: tf.square(input.features) as tf.Tensor4D };
      return { forced, drag: dragLoss({ ...input, ...moved }, { imageResolution: 16 }) };
    }),
});

const gradients = (tokens: Tokens): Case => ({
  run: () =>
    tf.tidy((): Record<string, tf.Tensor> => {
      const config = configOf(tokens);
      const { w, ...input } = inputOf(config);
      const truth = normal<tf.Tensor4D>([2, 3, 2, 4], 5);
      const start = tf.slice(w, [0, 0, 0], [2, 2, 4]);
      const { value, grads } = valueAndGrads((parameters) => {
        const codes = predictFreeRunning(parameters, config, encodeMemory(parameters, config, input), start);
        return predictionLoss(codes, truth);
      }, parametersOf(config));
      return { value, ...flattenParameters(grads) };
    }),
});

export const predictorCases: Cases = {
  'predictor: the codes of two drags, a token a layer': rollOut('layer'),
  'predictor: the codes of two drags, one token': rollOut('flat'),
  'predictor: teacher forced, and the drag loss': losses('layer'),
  'predictor: gradients of a free-running step, a token a layer': gradients('layer'),
  'predictor: gradients of a free-running step, one token': gradients('flat'),
};
