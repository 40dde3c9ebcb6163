import { createRandom } from '@autodrag/nn';
import { testBackends, useTestBackend } from '@autodrag/nn/testing';
import { registerWasmGradients } from '@autodrag/wasm-gradients';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { type DragGanOptions, dragGan, type FeatureGenerator } from '../src/index.js';
import { type PlainGenerator, plainDragGan } from './plain-drag-gan.js';

const [numWs, wDim] = [4, 3];

type Case = {
  /** Height and width of the constant: the picture's proportion. */
  constSize: [number, number];
  resolution: number;
  /** Height of the map that is read. */
  height: number;
  pairs: [handle: [x: number, y: number], target: [x: number, y: number]][];
  options?: DragGanOptions;
  /** What the program computes with, in pixels of this picture. */
  r1: number;
  r2: number;
  mask?: 'half' | 'soft' | 'all' | 'none';
};

const cases: Record<string, Case> = {
  'one point, a map as large as the picture': {
    ...{ constSize: [4, 4], resolution: 32, height: 32, r1: 1, r2: 1 },
    pairs: [
      [
        [10, 12],
        [20, 15],
      ],
    ],
  },
  'several points, at the border too, one already there': {
    ...{ constSize: [4, 4], resolution: 32, height: 32, r1: 1, r2: 1 },
    pairs: [
      [
        [0, 0],
        [9, 4],
      ],
      [
        [31, 31],
        [31, 20],
      ],
      [
        [31, 4],
        [20, 5],
      ],
      [
        [15, 16],
        [15, 16.5],
      ],
    ],
  },
  'a map of half the size, and of an eighth': {
    ...{ constSize: [4, 4], resolution: 64, height: 32, r1: 1, r2: 2 },
    pairs: [
      [
        [20, 33],
        [40, 12],
      ],
      [
        [50, 10],
        [50, 30],
      ],
    ],
    mask: 'half',
  },
  'an eighth, with radii of a larger picture': {
    ...{ constSize: [4, 4], resolution: 128, height: 16, r1: 3, r2: 7 },
    pairs: [
      [
        [40, 52],
        [58, 60],
      ],
      [
        [84, 70],
        [70, 98],
      ],
    ],
    options: { supervisionRadius: 12, trackingRadius: 28 },
  },
  'radii of 512 pixels': {
    ...{ constSize: [4, 4], resolution: 512, height: 32, r1: 3, r2: 12 },
    pairs: [
      [
        [100, 300],
        [180, 260],
      ],
    ],
  },
  'a mask between 0 and 1, other weight and rate, fewer layers': {
    ...{ constSize: [4, 4], resolution: 32, height: 16, r1: 1, r2: 1 },
    pairs: [
      [
        [10, 12],
        [20, 15],
      ],
    ],
    ...{ mask: 'soft', options: { maskWeight: 7, learningRate: 0.03, editedLayers: 2 } },
  },
  'all of it fixed': {
    ...{ constSize: [4, 4], resolution: 32, height: 32, r1: 1, r2: 1 },
    pairs: [
      [
        [10, 12],
        [20, 15],
      ],
    ],
    mask: 'all',
  },
  'a picture that is higher than wide': {
    ...{ constSize: [4, 2], resolution: 64, height: 32, r1: 2, r2: 4 },
    pairs: [
      [
        [10, 33],
        [20, 50],
      ],
    ],
    ...{ mask: 'half', options: { supervisionRadius: 16, trackingRadius: 32 } },
  },
};

/** A plain generator, and the same in tfjs. */
function generatorsOf({ constSize, resolution, height }: Case, edited: number) {
  const random = createRandom(7);
  const [width, channels] = [(height / constSize[0]) * constSize[1], 3];
  const draw = (scale: number) => Math.fround(scale * random.normal());
  const offset = Array.from({ length: height * width * channels }, () => draw(0.6));
  const matrix = offset.map(() => Array.from({ length: edited * wDim }, () => draw(0.5)));
  const plain: PlainGenerator = { height, width, channels, matrix, offset };
  const [weights, start] = [tf.tensor2d(matrix), tf.tensor1d(offset)];
  const generator: FeatureGenerator = {
    config: { resolution, constSize },
    features: (ws) =>
      tf.tidy(() => {
        const local = tf.reshape(tf.slice(ws, [0, 0, 0], [1, edited, wDim]), [edited * wDim, 1]);
        const map = tf.tanh(tf.add(start, tf.reshape(tf.matMul(weights, local), [-1])));
        return { features: { [height]: tf.reshape(map, [1, height, width, channels]) } } as never;
      }) as never,
  };
  return { plain, generator, dispose: () => tf.dispose([weights, start]) };
}

function maskOf(kind: Case['mask'], pixels: number): Float32Array | undefined {
  if (kind === undefined) return undefined;
  if (kind === 'all') return new Float32Array(pixels).fill(1);
  return Float32Array.from({ length: pixels }, (_, i) => (kind === 'soft' ? (i % 4) / 4 : i < pixels / 2 ? 1 : 0));
}

describe.each(testBackends({ unset: ['wasm'] }))('DragGAN and its formulas in plain numbers on %s', (backend) => {
  beforeAll(async () => {
    await useTestBackend(backend);
    if (backend === 'wasm') registerWasmGradients();
  });

  test.each(Object.entries(cases))('%s', async (_, one) => {
    const edited = one.options?.editedLayers ?? numWs;
    const { plain, generator, dispose } = generatorsOf(one, edited);
    const picture = { height: one.resolution, width: (one.resolution / one.constSize[0]) * one.constSize[1] };
    const mask = maskOf(one.mask, picture.height * picture.width);
    const code = Float32Array.from({ length: numWs * wDim }, (_, i) => Math.fround(Math.sin(i)));
    const w = tf.tensor3d(code, [1, numWs, wDim]);
    const expected = plainDragGan({
      ...{ generator: plain, picture, code: [...code.subarray(0, edited * wDim)], mask, r1: one.r1, r2: one.r2 },
      handles: one.pairs.map(([[x, y]]) => [y, x]),
      targets: one.pairs.map(([, [x, y]]) => [y, x]),
      ...{ lambda: one.options?.maskWeight ?? 20, rate: one.options?.learningRate ?? 0.002, steps: 4 },
    });
    const pairs = one.pairs.map(([[x, y], [toX, toY]]) => ({ handle: { x, y }, target: { x: toX, y: toY } }));
    const options: DragGanOptions = { editedLayers: numWs, ...one.options, mask, resolution: one.height, steps: 4 };
    let k = 0;
    for await (const step of dragGan(generator, w, pairs, options)) {
      const { loss, lossMask, points, gradient, code: next } = expected[k++]!;
      expect(step.points.map(({ x, y }) => [y, x])).toEqual(points);
      expect(Math.abs(step.loss - loss)).toBeLessThan(1e-5 * Math.max(1, loss));
      expect(Math.abs(step.lossMask - lossMask)).toBeLessThan(1e-6);
      const norm = Math.hypot(...gradient);
      expect(Math.hypot(...gradient.map((value, i) => value - step.gradient[i]!))).toBeLessThan(2e-3 * norm + 1e-7);
      next.forEach((value, i) => {
        expect(Math.abs(value - step.w[i]!)).toBeLessThan(1e-4);
      });
      expect(step.w.subarray(edited * wDim)).toEqual(code.subarray(edited * wDim));
    }
    expect(k).toBe(4);
    w.dispose();
    dispose();
  });
});
