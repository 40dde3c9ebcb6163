import { trainRegularizer } from '@autodrag/autodrag/training';
import {
  dragLoss,
  encodeMemory,
  heightAndWidth,
  joinCodes,
  packPoints,
  predictFreeRunning,
} from '@autodrag/latent-predictor';
import {
  createAdam,
  createMuon,
  disposeParameters,
  flattenParameters,
  type Optimizer,
  valueAndGrads,
} from '@autodrag/nn';
import type { MetricsRow } from '@autodrag/nn/training';
import * as tf from '@tensorflow/tfjs';
import type { Case, Cases, Values } from '../case.js';
import { normal, withModels } from '../models.js';

const step = (create: () => Optimizer): Case => ({
  run: () => {
    const tree = (seed: number) => ({ a: normal([8, 6], seed), b: { c: normal([6], seed + 1) } });
    const optimizer = create();
    const given = [tree(1), tree(3), tree(5)] as const;
    const none = optimizer.init(given[0]);
    const first = optimizer.update(given[0], given[1], none, { learningRate: 0.1 });
    const second = optimizer.update(first.parameters, given[2], first.state, { learningRate: 0.1 });
    for (const one of [...given, none, first.parameters, first.state, second.state]) disposeParameters(one);
    first.gradNorm.dispose();
    return { norm: second.gradNorm, ...flattenParameters(second.parameters) };
  },
});

const aside = [{ handle: { x: 20, y: 21 }, target: { x: 15, y: 25 } }];

/** What the rows of a training say, but for its time. */
function rowsOf(history: readonly MetricsRow[]): Values {
  return { rows: history.flatMap(({ step: _, ...row }) => Object.values(row)), steps: history.length };
}

export const trainingCases: Cases = {
  'training: two steps of Adam': step(createAdam),
  'training: two steps of Muon': step(createMuon),
  'training: two steps of stage 1': {
    run: () =>
      withModels(async ({ generator, regularizer: { config } }) => {
        const run = trainRegularizer({ generator, config, batchSize: 4, steps: 2, reportEvery: 1, seed: 3 });
        const { parameters, history } = await run.result;
        disposeParameters(parameters);
        return rowsOf(history);
      }),
    factor: 10,
  },
  // what a step of stage 2 is made of; the training itself draws hundreds of motions before it begins
  'training: gradients of the drag loss, through generator and predictor': {
    run: () =>
      withModels(({ generator, predictor: { config, parameters } }) =>
        tf.tidy((): Record<string, tf.Tensor> => {
          const { numWs, wDim, editedLayers, imageResolution, featureResolution } = config;
          const [map] = heightAndWidth(featureResolution);
          const w = normal<tf.Tensor3D>([2, numWs, wDim], 4);
          const points = packPoints([[{ handle: { x: 5, y: 6 }, target: { x: 9, y: 8 } }], aside]);
          const before = generator.features(w, map).features[map]!;
          const start = tf.slice(w, [0, 0, 0], [2, editedLayers, wDim]);
          const { value, grads } = valueAndGrads((tree) => {
            const memory = encodeMemory(tree, config, { features: before, ...points });
            const codes = joinCodes(predictFreeRunning(tree, config, memory, start, { steps: 2 }), w);
            const last = tf.reshape(tf.slice(codes, [0, 1], [2, 1]), [2, numWs, wDim]) as tf.Tensor3D;
            const after = generator.features(last, map).features[map]!;
            return dragLoss({ before, after, ...points }, { imageResolution });
          }, parameters);
          return { value, ...flattenParameters(grads) };
        }),
      ),
  },
};
