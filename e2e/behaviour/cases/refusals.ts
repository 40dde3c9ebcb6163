import { createAutodrag } from '@autodrag/autodrag';
import { createPointTracker } from '@autodrag/matching';
import { flattenParameters } from '@autodrag/nn';
import { createGenerator } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs';
import { tinyModels } from '../../../packages/autodrag/test/tiny-models.js';
import type { Cases } from '../case.js';
import { normal, refusal, withModels, withSession } from '../models.js';

const pull = [{ handle: { x: 10, y: 12 }, target: { x: 16, y: 15 } }];

export const refusalCases: Cases = {
  'refused: a code that is no number, a seed that is none, a point outside': {
    run: async () => {
      const autodrag = createAutodrag(tinyModels());
      const code = await refusal(autodrag.open(new Float32Array(64).fill(Number.NaN)));
      const seed = await refusal(autodrag.sample(-1));
      autodrag.dispose();
      const point = await withSession((session) =>
        refusal(session.drag([{ handle: { x: 40, y: 1 }, target: { x: 1, y: 1 } }])),
      );
      return { code, seed, point };
    },
  },
  'refused: a generator whose weights are damaged': {
    run: async () => {
      const { generator, regularizer, predictor } = tinyModels();
      const { config, parameters } = generator;
      const spoiled = tf.tidy(() => {
        const weight = parameters.synthesis.blocks[2]!.conv1.weight;
        return tf.fill(weight.shape, Number.NaN) as tf.Tensor4D;
      });
      const blocks = parameters.synthesis.blocks.map((block, i) =>
        i === 2 ? { ...block, conv1: { ...block.conv1, weight: spoiled } } : block,
      );
      const damaged = createGenerator(config, { ...parameters, synthesis: { ...parameters.synthesis, blocks } });
      const autodrag = createAutodrag({ generator: damaged, regularizer, predictor });
      const told = await refusal(
        autodrag.sample(1).then(async (session) => {
          try {
            await session.drag(pull);
          } finally {
            session.dispose();
          }
        }),
      );
      autodrag.dispose();
      generator.dispose();
      return { told };
    },
  },
  'refused: features that are not finite, and maps of another shape': {
    run: async () => {
      const [good, other] = [normal<tf.Tensor4D>([1, 8, 8, 4], 1), normal<tf.Tensor4D>([1, 4, 4, 4], 1)];
      const bad = tf.tidy(() =>
        tf.concat([tf.fill([1, 1, 8, 4], Number.NaN), tf.slice(good, [0, 1])], 1),
      ) as tf.Tensor4D;
      const points = [{ x: 3, y: 3 }];
      const nan = await refusal(createPointTracker([bad], points));
      const tracker = await createPointTracker([good], points);
      const shape = await refusal(tracker.locate([other], [{ around: points[0]!, window: 2 }]));
      tf.dispose([good, other, bad]);
      return { nan, shape };
    },
  },
  'leak: models that are made and freed leave nothing': {
    run: async () => {
      const before = tf.memory().numTensors;
      await withModels(({ generator }) => Object.keys(flattenParameters(generator.parameters as never)).length);
      await withSession(async (session) => void (await session.drag(pull, { calls: 1 })));
      return { left: tf.memory().numTensors - before };
    },
  },
};
