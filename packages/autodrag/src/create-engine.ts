import { type LatentPredictor, packPoints } from '@autodrag/latent-predictor';
import type { LatentRegularizer } from '@autodrag/latent-regularizer';
import { trackPoints } from '@autodrag/matching';
import { blockResolutions, type Generator, numWs } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import type { Engine, Scene } from './engine.js';
import { ModelError } from './errors.js';
import { pictureFromTensor } from './picture.js';
import { clampPoint } from './points.js';

/** Wires generator, regularizer and predictor for a session. It reads the models and does not own them. */
export function createEngine(
  {
    generator,
    regularizer,
    predictor,
  }: { generator: Generator; regularizer: LatentRegularizer | null; predictor: LatentPredictor | null },
  { reach }: { reach?: number } = {},
): Engine & { readonly width: number; readonly height: number } {
  const { config } = generator;
  const layers = numWs(config);
  const { wDim, resolution: height } = config;
  const width = (height / config.constSize[0]) * config.constSize[1];
  const tracked = trackedResolutions(blockResolutions(config));
  const memory = predictor ? predictorResolution(predictor) : null;
  const wanted = [...new Set([...tracked, ...(memory === null ? [] : [memory])])].sort((a, b) => a - b);
  const asTensor = (w: Float32Array) => tf.tensor3d(w, [1, layers, wDim]);

  return {
    numWs: layers,
    wDim,
    width,
    height,
    maxPoints: predictor?.config.maxPoints ?? 0,
    steps: predictor?.config.steps ?? 0,
    reach: reach ?? 0.35 * width,
    async render(w) {
      const ws = asTensor(w);
      const { image, features } = generator.features(ws, wanted, { image: true });
      ws.dispose();
      const dispose = () => tf.dispose(Object.values(features));
      try {
        return { picture: await pictureFromTensor(image as tf.Tensor4D), features, dispose };
      } catch (error) {
        dispose();
        throw error;
      } finally {
        image?.dispose();
      }
    },
    async paint(w) {
      const image = tf.tidy(() => generator.synthesis(asTensor(w)));
      try {
        return await pictureFromTensor(image);
      } finally {
        image.dispose();
      }
    },
    async *predict(scene, w, points) {
      if (!predictor || memory === null) throw new ModelError('drag: this model has no predictor.');
      const { handles, targets, pointMask } = packPoints([points], { maxPoints: predictor.config.maxPoints });
      const ws = asTensor(w);
      try {
        const input = { w: ws, features: scene.features[memory] as tf.Tensor4D, handles, targets, pointMask };
        const regularize = regularizer ? (codes: tf.Tensor3D) => regularizer.restore(codes) : undefined;
        for await (const code of predictor.rollout(input, { regularize })) {
          let values: Float32Array;
          try {
            values = (await code.data()) as Float32Array;
          } finally {
            code.dispose();
          }
          yield values;
        }
      } finally {
        tf.dispose([handles, targets, pointMask, ws]);
      }
    },
    async track(from, to, points, window) {
      const maps = ({ features }: Scene) => tracked.map((r) => features[r] as tf.Tensor4D);
      const found = await trackPoints(maps(from), maps(to), points, { imageSize: { width, height }, window });
      return found.map(({ x, y }) => clampPoint({ x, y }, { width, height }));
    },
  };
}

/** The three finest blocks up to 128: what DragGAN tracks in, and the coarser context around it. */
function trackedResolutions(blocks: readonly number[]): number[] {
  return blocks.filter((resolution) => resolution <= 128).slice(-3);
}

function predictorResolution({ config }: LatentPredictor): number {
  return typeof config.featureResolution === 'number' ? config.featureResolution : config.featureResolution[0];
}
