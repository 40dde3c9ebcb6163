import type { DragPoint, Point } from '../picture/points.js';

/** What must stay: by pixel of the picture, row by row, 1 for fixed and 0 for free, or between. */
export type Mask = ArrayLike<number>;

/** Drags by optimising the code; slower than a predictor, and possible without one. */
export const optimizationMethods = ['draggan', 'freedrag'] as const;
export type OptimizationMethod = (typeof optimizationMethods)[number];

export type OptimizeOptions = {
  readonly mask?: Mask;
  readonly steps?: number;
  readonly signal?: AbortSignal;
};

export type RefineRequest = {
  /** The code of the picture that the points were given in, and the one to refine. */
  readonly before: Float32Array;
  readonly w: Float32Array;
  readonly points: readonly DragPoint[];
  readonly anchors: readonly Point[];
  /** Where the handles are thought to be in the picture of `w`. */
  readonly places: readonly Point[];
  readonly mask?: Mask;
  /** Passes forth and back, at most. */
  readonly steps?: number;
  /** Steps that are tried, at most. */
  readonly trials?: number;
  readonly signal?: AbortSignal;
};

/** What is known after one step of an optimisation. */
export type OptimizeStep = {
  readonly step: number;
  readonly w: Float32Array;
  readonly points: readonly Point[];
  /** Mean over the handles, in pixels. */
  readonly distance: number;
  /** Better than all before, by the method's own reckoning. */
  readonly best: boolean;
};

/** What a session needs of the optimisers. */
export type Optimizer = {
  optimize(
    method: OptimizationMethod,
    w: Float32Array,
    points: readonly DragPoint[],
    options: OptimizeOptions,
  ): AsyncGenerator<OptimizeStep>;
  /** Its steps also say how many passes of the generator there were: forth alone, and forth and back. */
  refine(request: RefineRequest): AsyncGenerator<OptimizeStep & { readonly looks: number; readonly passes: number }>;
  /** Frees what was computed of the generator's codes. */
  dispose(): void;
};
