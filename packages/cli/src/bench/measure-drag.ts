import type { Autodrag } from '@autodrag/autodrag';
import * as tf from '@tensorflow/tfjs-core';
import { editWorks } from './edit-works.js';
import type { MeasureGeneratorOptions } from './measure-generator.js';
import { measureInTurns, type Work, type WorkFigures } from './measure-in-turns.js';
import { partWorks } from './part-works.js';
import { watchTensorBytes } from './watch-tensor-bytes.js';

/** Times in milliseconds. */
export type DragMeasurement = {
  readonly width: number;
  readonly height: number;
  /** One full pass of the generator, picture read back: the floor of every edit. */
  readonly forward: number;
  /** One call of a one-point drag: all codes of the predictor, the picture, and where the point is now. */
  readonly drag: number;
  /** drag / forward, median over the rounds. */
  readonly ratio: number;
  /** Calls that the drag of up to four calls made. */
  readonly calls: number;
  readonly edits: readonly WorkFigures[];
  readonly parts: readonly WorkFigures[];
  /** Bytes of all tensors at most, the models' among them. */
  readonly tensorBytes: number;
};

/**
 * Times edits, and the parts that they are made of, beside a pass of the generator, in turns.
 *
 * @param options `processorTime` is the clock that counts, if given
 */
export async function measureDrag(
  autodrag: Autodrag,
  { seed, passes, processorTime, signal, onProgress }: MeasureGeneratorOptions,
): Promise<DragMeasurement> {
  const { width, height, numWs, wDim, generator } = autodrag;
  const clock = processorTime ?? (() => performance.now());
  const watch = watchTensorBytes();
  const session = await autodrag.sample(seed);
  const { w } = session;
  session.dispose();
  const ws = tf.tensor3d(w, [1, numWs, wDim]);
  const pass: Work = async () => {
    const image = generator.synthesis(ws);
    await image.data();
    image.dispose();
  };
  const edits = await editWorks(autodrag, w, { clock, signal });
  const parts = await partWorks(autodrag, w, { clock });
  try {
    const works = new Map([['pass of the generator', pass], ...edits.works, ...parts.works]);
    const figures = await measureInTurns(works, { rounds: passes, clock, signal, onProgress });
    const [floor, drag] = figures as [WorkFigures, WorkFigures];
    return {
      width,
      height,
      forward: floor.milliseconds,
      drag: drag.milliseconds,
      ratio: drag.ratio,
      calls: edits.calls(),
      edits: figures.slice(0, 1 + edits.works.size),
      parts: figures.slice(1 + edits.works.size),
      tensorBytes: watch.peak,
    };
  } finally {
    edits.dispose();
    parts.dispose();
    ws.dispose();
    watch.stop();
  }
}
