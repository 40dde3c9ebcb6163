import type { Autodrag, DragPoint } from '@autodrag/autodrag';
import { createEncoderOnHost, createRolloutOnHost, type LatentPredictor } from '@autodrag/latent-predictor';
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
    const name = count === 1 ? '1 point' : `${count} points`;
    await addPredictor(works, predictor, w, { features: map, pairs, name, clock });
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
  return { works, dispose: () => tf.dispose([ws, ...maps]) };
}

type PredictorInput = { features: tf.Tensor4D; pairs: readonly DragPoint[]; name: string; clock: () => number };

/**
 * The tokens of the memory, from the feature map on, and one of the predictor's steps, on average over all: in ordinary
 * memory, as a drag of the default model makes them.
 */
async function addPredictor(
  works: Works,
  predictor: LatentPredictor,
  w: Float32Array,
  { features, pairs, name, clock }: PredictorInput,
): Promise<void> {
  const host = createHost();
  if (!host) return;
  const [encoder, run] = await Promise.all([
    createEncoderOnHost(host, predictor),
    createRolloutOnHost(host, predictor),
  ]);
  const tokensOf = async () => encoder.encode(encoder.scene((await features.data()) as Float32Array), pairs);
  works.set(`tokens of the memory, ${name}`, async () => void (await tokensOf()));
  const tokens = await tokensOf();
  works.set(`a step of the predictor, ${name}`, async () => {
    const from = clock();
    for (const _ of run({ w, tokens }));
    return (clock() - from) / predictor.config.steps;
  });
}

async function addRegularizer(works: Works, { regularizer }: Autodrag, w: Float32Array): Promise<void> {
  const host = createHost();
  if (!regularizer || !host) return;
  const restorer = await createRestoreOnHost(host, regularizer);
  const edited = w.slice(0, regularizer.config.editedLayers * regularizer.config.wDim);
  works.set('regularizer, one code', async () => void restorer(w)(edited));
}
