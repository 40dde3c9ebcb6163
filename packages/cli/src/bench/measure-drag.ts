import type { Autodrag } from '@autodrag/autodrag';
import { median } from '@autodrag/nn';
import * as tf from '@tensorflow/tfjs-core';
import { breathe, type MeasureGeneratorOptions } from './measure-generator.js';
import { watchTensorBytes } from './watch-tensor-bytes.js';

/** Times in milliseconds. */
export type DragMeasurement = {
  readonly width: number;
  readonly height: number;
  /** One full pass of the generator, picture read back: the floor of every edit. */
  readonly forward: number;
  /** One call of a one-point drag: all codes of the predictor, the picture, and where the point is now. */
  readonly drag: number;
  /** drag / forward. */
  readonly ratio: number;
  readonly passes: { readonly forward: readonly number[]; readonly drag: readonly number[] };
  /** Bytes of all tensors at most, the models' among them. */
  readonly tensorBytes: number;
};

/**
 * Times a drag of one point in one call beside a pass of the generator, in turns, so that both meet the same machine.
 * What comes first of each is not counted.
 */
export async function measureDrag(
  autodrag: Autodrag,
  { seed, passes, signal, onProgress }: MeasureGeneratorOptions,
): Promise<DragMeasurement> {
  const { width, height, numWs, wDim, generator } = autodrag;
  // on the avatar of seed 7 this is the mouth, to the left and down
  const points = [
    {
      handle: { x: Math.round(0.6 * width), y: Math.round(0.62 * height) },
      target: { x: Math.round(0.52 * width), y: Math.round(0.66 * height) },
    },
  ];
  const watch = watchTensorBytes();
  const session = await autodrag.sample(seed);
  const { w } = session;
  session.dispose();
  const ws = tf.tensor3d(w, [1, numWs, wDim]);
  try {
    const forward = async () => {
      const from = performance.now();
      const image = generator.synthesis(ws);
      await image.data();
      image.dispose();
      return performance.now() - from;
    };
    const drag = async () => {
      const fresh = await autodrag.open(w);
      try {
        return (await fresh.drag(points, { calls: 1, signal })).milliseconds;
      } finally {
        fresh.dispose();
      }
    };
    const times: { forward: number[]; drag: number[] } = { forward: [], drag: [] };
    for (let i = 0; i <= passes; i++) {
      onProgress?.(i, passes + 1, i === 0 ? 'first pass and drag' : `drag ${i} of ${passes}`);
      await breathe(signal);
      times.forward.push(await forward());
      times.drag.push(await drag());
    }
    onProgress?.(passes + 1, passes + 1, 'done');
    const counted = { forward: times.forward.slice(1), drag: times.drag.slice(1) };
    const [floor, edit] = [median(counted.forward), median(counted.drag)];
    return {
      width,
      height,
      forward: floor,
      drag: edit,
      ratio: edit / floor,
      passes: counted,
      tensorBytes: watch.peak,
    };
  } finally {
    ws.dispose();
    watch.stop();
  }
}
