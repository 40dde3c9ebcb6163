import type { Point } from '@autodrag/autodrag';
import { type DragGanStep, dragGan, type FreeDragStep, freeDrag } from '@autodrag/latent-optimization';
import * as tf from '@tensorflow/tfjs-core';
import type { DragMethod, Moment } from './drag-method.js';

/** DragGAN with its published constants. */
export const dragGanMethod: DragMethod = optimization('draggan', 'DragGAN', dragGan);

/** FreeDrag with its published constants, but for l, which follows the features' scale. */
export const freeDragMethod: DragMethod = optimization('freedrag', 'FreeDrag', freeDrag);

function optimization(
  name: string,
  title: string,
  drag: (...args: Parameters<typeof dragGan>) => AsyncIterable<DragGanStep | FreeDragStep>,
): DragMethod {
  return {
    name,
    title,
    async run({ generator, numWs, wDim, width, height }, { w, points, anchors, mask }, { signal, steps = 300 } = {}) {
      const counted = countPasses(generator);
      const start = tf.tensor3d(w, [1, numWs, wDim]);
      const options = { signal, steps, mask: mask ?? maskOfAnchors(anchors, { width, height }) };
      const moments: Moment[] = [];
      let step = 0;
      let last: Moment = { milliseconds: 0, w };
      const from = performance.now();
      try {
        for await (const one of drag(counted.generator, start, points, options)) {
          step = one.step;
          last = { milliseconds: performance.now() - from, w: one.w };
          if (isKept(step)) moments.push(last);
        }
        const milliseconds = performance.now() - from;
        if (moments.at(-1) !== last) moments.push(last);
        return { moments, steps: step, forward: counted.passes(), backward: step, milliseconds };
      } finally {
        start.dispose();
      }
    },
  };
}

/** These methods hold by masks alone: a disc around each anchor, as wide as what they supervise and track is. */
function maskOfAnchors(
  anchors: readonly Point[] | undefined,
  { width, height }: { width: number; height: number },
): Float32Array | undefined {
  if (!anchors?.length) return undefined;
  const radius = (12 * Math.max(width, height)) / 512;
  return Float32Array.from({ length: width * height }, (_, i) =>
    anchors.some(({ x, y }) => Math.hypot((i % width) - x, Math.floor(i / width) - y) <= radius) ? 1 : 0,
  );
}

/** Every step at first, then every tenth: as dense as a logarithmic time axis shows. */
function isKept(step: number): boolean {
  return step <= 10 ? step === 1 || step % 2 === 0 : step <= 50 ? step % 5 === 0 : step % 25 === 0;
}

/** The same generator, and how often its features were asked for. */
function countPasses<G extends { features: (...args: never[]) => unknown }>(generator: G) {
  let passes = 0;
  const features = ((...args: never[]) => {
    passes++;
    return generator.features(...args);
  }) as G['features'];
  return { generator: { ...generator, features }, passes: () => passes };
}
