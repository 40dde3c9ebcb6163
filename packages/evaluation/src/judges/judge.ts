import type { Autodrag } from '@autodrag/autodrag';
import type * as tf from '@tensorflow/tfjs-core';
import type { GeometryModel } from '../local/geometry-model.js';
import type { DragTask } from '../tasks/drag-task.js';
import type { LandmarkTaskOptions } from '../tasks/landmark-tasks.js';

/** Says where landmarks are in pictures. What it finds is the truth of an evaluation, with its own error. */
export type Judge = {
  readonly name: string;
  /** Landmarks that it finds. */
  readonly count: number;
  /** What is known of its own error, as a sentence. */
  readonly error: string;
  /** Indices of the standard five: eyes, nose tip and mouth corners of a face. */
  readonly five: readonly number[];
  /**
   * `[2 * count]`, x and y in pixels; null where it finds nothing.
   *
   * @param image `[1, height, width, 3]`, about -1 … 1
   * @param w its code, `[numWs * wDim]`, for judges that look at the generator's features
   */
  locate(image: tf.Tensor4D, w: Float32Array): Promise<Float32Array | null>;
  /** The geometry of the domain, for pictures of this longer side: tasks that hold something need it. */
  geometry?(size: number): GeometryModel;
  /** Which landmarks a picture whose first layers come from this z shows, where that is known. */
  visible?(z: Float32Array): ArrayLike<number>;
  /** The tasks of a judge that has no landmarks of its own: each then brings a judge of its picture. */
  tasks?(
    autodrag: Pick<Autodrag, 'generator' | 'width' | 'height'>,
    options: LandmarkTaskOptions,
  ): AsyncGenerator<DragTask>;
};
