import type { Autodrag } from '@autodrag/autodrag';
import { createRolloutOnHost, type LatentPredictor, type PackedPoints, packPoints } from '@autodrag/latent-predictor';
import { createRestoreOnHost } from '@autodrag/latent-regularizer';
import { createPointTracker } from '@autodrag/matching';
import { createHost } from '@autodrag/nn/host';
import * as tf from '@tensorflow/tfjs-core';
import { pointsOf } from './edit-works.js';
import type { Work } from './measure-in-turns.js';

type Works = Map<string, Work>;

/**
 * What a drag is made of, each by itself: features of the start alone (F_0) and beside the picture, tokens of the
 * memory, a step of the predictor, the regularizer, the tracker, downloads of the features.
 *
 * @param w code of the picture, `[numWs * wDim]`
 */
export async function partWorks(
  autodrag: Autodrag,
  w: Float32Array,
  { clock }: { clock: () => number },
): Promise<{ works: Works; dispose(): void }> {
  const { generator, predictor, width, height, numWs, wDim } = autodrag;
  const works: Works = new Map();
  if (!predictor) return { works, dispose: () => undefined };
  const ws = tf.tensor3d(w, [1, numWs, wDim]);
  const start = Number([predictor.config.featureResolution].flat()[0]);
  const { resolution, constSize } = generator.config;
  const heights = [16, 32, 64, 128, start].filter((one) => one >= constSize[0] && one < resolution);
  const { features } = generator.features(ws, [...new Set([...heights, start])]);
  const maps = Object.values(features);
  const map = features[start] as tf.Tensor4D;
  const packed: PackedPoints[] = [];

  works.set('features of the start (F_0) alone', async () => {
    const alone = generator.features(ws, start).features[start] as tf.Tensor4D;
    await alone.data();
    alone.dispose();
  });
  works.set('picture and features', async () => {
    const result = generator.features(ws, Object.keys(features).map(Number), { image: true });
    await result.image?.data();
    tf.dispose([result.image as tf.Tensor4D, ...Object.values(result.features)]);
  });
  works.set('downloads of the features', async () => void (await Promise.all(maps.map((one) => one.data()))));
  for (const count of [1, 68].filter((number) => number <= autodrag.maxPoints)) {
    const pairs = pointsOf(autodrag, count);
    const points = packPoints([pairs], { maxPoints: predictor.config.maxPoints });
    packed.push(points);
    const name = count === 1 ? '1 point' : `${count} points`;
    works.set(`tokens of the memory, ${name}`, async () => {
      const { tokens, mask } = predictor.encode({ features: map, ...points });
      await tokens.data();
      tf.dispose([tokens, mask]);
    });
    works.set(`a step of the predictor, ${name}`, await stepWork(predictor, w, { features: map, points, clock }));
    works.set(`tracker, ${name}`, async () => {
      const places = pairs.map(({ handle }) => handle);
      const tracker = await createPointTracker(maps, places, { imageSize: { width, height } });
      await tracker.locate(
        maps,
        places.map((around) => ({ around, window: width / 8 })),
      );
    });
  }
  await addRegularizer(works, autodrag, w);
  return { works, dispose: () => tf.dispose([ws, ...maps, ...packed.flatMap((points) => Object.values(points))]) };
}

type StepInput = { features: tf.Tensor4D; points: PackedPoints; clock: () => number };

/** One of the predictor's steps, on average over all, in ordinary memory as a drag of the default model makes them. */
async function stepWork(
  predictor: LatentPredictor,
  w: Float32Array,
  { features, points, clock }: StepInput,
): Promise<Work> {
  const host = createHost();
  const run = host && (await createRolloutOnHost(host, predictor));
  const encoded = predictor.encode({ features, ...points });
  const [tokens, mask] = await Promise.all([encoded.tokens.data(), encoded.mask.data()]);
  tf.dispose([encoded.tokens, encoded.mask]);
  const input = { w, tokens: tokens as Float32Array, mask: mask as Float32Array };
  return async () => {
    const from = clock();
    if (run) for (const _ of run(input));
    return (clock() - from) / predictor.config.steps;
  };
}

async function addRegularizer(works: Works, { regularizer }: Autodrag, w: Float32Array): Promise<void> {
  const host = createHost();
  if (!regularizer || !host) return;
  const restorer = await createRestoreOnHost(host, regularizer);
  const edited = w.slice(0, regularizer.config.editedLayers * regularizer.config.wDim);
  works.set('regularizer, one code', async () => void restorer(w)(edited));
}
