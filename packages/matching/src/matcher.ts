import type { ImageDecoder, ImageLike } from './image/image-like.js';

/** Corresponding points of two images. */
export type Matches = {
  /** `[count * 2]` x, y in pixels of image A; the centre of pixel (0, 0) is (0, 0). */
  pointsA: Float32Array;
  /** `[count * 2]` x, y in pixels of image B. */
  pointsB: Float32Array;
  /** `[count]`, larger is better; 1 is a perfect agreement. Comparable within one method only. */
  scores: Float32Array;
  count: number;
};

/** What every matcher understands. */
export type MatchOptions = {
  /** Stops the job; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Reads image files. @default decodeImage: sharp in Node, createImageBitmap in browsers */
  decode?: ImageDecoder;
};

/** Finds the points of image A again in image B. Deterministic: the same images give the same matches. */
export type Matcher = {
  readonly name: string;
  /** Matches without agreement are simply absent; flat or tiny images give `count` 0. */
  match(a: ImageLike, b: ImageLike, options?: MatchOptions): Promise<Matches>;
  /** Frees what the matcher owns (workers). It cannot be used afterwards. */
  dispose(): Promise<void>;
};
