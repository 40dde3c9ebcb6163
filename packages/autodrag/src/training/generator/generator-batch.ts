import {
  type AvatarGeometry,
  appearanceFromLatent,
  drawLatent,
  geometryFromLatent,
  renderAvatar,
} from '@autodrag/avatars';
import type { Random } from '@autodrag/nn';
import type { StyleGan2Config } from '@autodrag/stylegan2';
import * as tf from '@tensorflow/tfjs-core';
import { editedLayers, type GeneratorStage } from './generator-settings.js';

/** Renders, and the latents that should give them. */
export type GeneratorBatch = {
  readonly resolution: number;
  /** `[B, resolution, resolution, 3]` in [-1, 1] */
  readonly target: tf.Tensor4D;
  /** `[2 B, zDim]`: of the geometries, then of the appearances */
  readonly z: tf.Tensor2D;
  /** `[B, resolution, resolution, 1]`: how much a pixel counts; null if all count alike */
  readonly weight: tf.Tensor4D | null;
  dispose(): void;
};

/** @param random advanced by the call */
export function generatorBatch(
  random: Random,
  config: StyleGan2Config,
  { resolution, batchSize, faceWeight = 0 }: GeneratorStage,
): GeneratorBatch {
  // The picture at 16x16 depends on layers 0 to 5 alone: it can know where things are, and not their colours.
  const appearanceReaches = 2 * Math.log2(resolution) - 2 > editedLayers;
  const neutral = new Float32Array(config.zDim);
  const area = resolution * resolution;
  const pixels = new Float32Array(batchSize * area * 3);
  const codes = new Float32Array(2 * batchSize * config.zDim);
  const weights = new Float32Array(faceWeight > 0 ? batchSize * area : 0);
  for (let i = 0; i < batchSize; i++) {
    const shapeCode = drawLatent(random, config.zDim);
    const colourCode = drawLatent(random, config.zDim);
    codes.set(shapeCode, i * config.zDim);
    codes.set(colourCode, (batchSize + i) * config.zDim);
    const geometry = geometryFromLatent(shapeCode);
    const appearance = appearanceFromLatent(appearanceReaches ? colourCode : neutral);
    const size = area * 3;
    renderAvatar({ geometry, appearance }, { resolution, out: pixels.subarray(i * size, (i + 1) * size) });
    if (faceWeight > 0) {
      fillFaceWeights(geometry, resolution, faceWeight, weights.subarray(i * area, (i + 1) * area));
    }
  }
  const target = tf.tensor4d(pixels, [batchSize, resolution, resolution, 3]);
  const z = tf.tensor2d(codes, [2 * batchSize, config.zDim]);
  const weight = faceWeight > 0 ? tf.tensor4d(weights, [batchSize, resolution, resolution, 1]) : null;
  return { resolution, target, z, weight, dispose: () => tf.dispose(weight ? [target, z, weight] : [target, z]) };
}

/** 1 + faceWeight in the middle of the face, falling to 1 over the size of the head: `[resolution * resolution]`. */
function fillFaceWeights(
  { headX, headY, scale }: AvatarGeometry,
  resolution: number,
  faceWeight: number,
  out: Float32Array,
): void {
  const width = 0.75 * scale;
  for (let y = 0; y < resolution; y++) {
    for (let x = 0; x < resolution; x++) {
      const dx = ((x + 0.5) / resolution - headX) / width;
      const dy = ((y + 0.5) / resolution - headY) / width;
      out[y * resolution + x] = 1 + faceWeight * Math.exp(-0.5 * (dx * dx + dy * dy));
    }
  }
}
