import type { PointSearch, TrackedPoint } from '@autodrag/matching';
import type * as tf from '@tensorflow/tfjs-core';
import type { Picture } from '../picture/picture.js';
import type { DragPoint, Point } from '../picture/points.js';

/** What the networks see of a picture. It owns the tensors. */
export type Seen = {
  /** Feature maps by resolution, `[1, r, r, C]`. */
  readonly features: Readonly<Record<number, tf.Tensor4D>>;
  dispose(): void;
};

/** What is seen of a picture that may never be shown: the blocks above the features have not run. */
export type View = Seen & {
  /** Runs them, once, while the view is not disposed. */
  paint(): Promise<Picture>;
};

/** One picture with the features that came with it. */
export type Scene = Seen & { readonly picture: Picture };

/** Follows points of one scene through others: `createPointTracker`, for the maps that tell places apart. */
export type SceneTracker = {
  locate(seen: Seen, searches: readonly PointSearch[]): Promise<TrackedPoint[]>;
};

/** What a session needs of the models: the only place where drag loop and networks meet. */
export type Engine = {
  readonly numWs: number;
  readonly wDim: number;
  /** Handles and anchors together. */
  readonly maxPoints: number;
  /** Codes that one call of the predictor gives. */
  readonly steps: number;
  /** Pixels of the picture that one call can move a point by; longer ways take several calls. */
  readonly callDistance: number;
  /** One pass of the generator: the picture and its features. */
  render(w: Float32Array): Promise<Scene>;
  /** The same up to the highest block whose features are needed: about half of a pass. */
  look(w: Float32Array): View;
  /** Whether the generator has pictures of lower blocks, which drafts are. */
  readonly drafts: boolean;
  /** One pass of the generator for the picture alone. A draft is the picture of the block before the last, enlarged. */
  paint(w: Float32Array, options?: { draft?: boolean }): Promise<Picture>;
  /** One call of the predictor: its codes, one after the other. An anchor is a point whose target is its handle. */
  predict(seen: Seen, w: Float32Array, points: readonly DragPoint[]): AsyncGenerator<Float32Array>;
  /** Where places of the picture of a code should be in that of another; null where no motion field tells. */
  expect(from: Float32Array, to: Float32Array, places: readonly Point[]): Promise<readonly Point[] | null>;
  /** A tracker of points of this picture, which may be disposed before the tracker is used. */
  track(seen: Seen, points: readonly Point[]): Promise<SceneTracker>;
};
