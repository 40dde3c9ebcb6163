import type { DragPoint, Picture, Point } from '@autodrag/autodrag';

/** A picture over the ones before it: only where the mask is painted; everywhere, if there is none. */
export type Layer = { readonly w: Float32Array; readonly mask: readonly Stroke[] };

/** A code with the picture that is shown for it: its own, or, under a mask, that within older ones. */
export type Frame = {
  readonly w: Float32Array;
  readonly picture: Picture;
  /** What the picture is made of, from the bottom; the last one has the code `w`. */
  readonly layers: readonly Layer[];
  /** All codes from the frame before to this one; empty where it was not dragged. */
  readonly codes: readonly Float32Array[];
  /** It came as a code, from a link or a file: no seed gives it. */
  readonly opened?: true;
  /** The points whose drag led here. */
  readonly points?: readonly DragPoint[];
  readonly anchors?: readonly Point[];
};

/** A stroke of the brush, in pixels of the picture. */
export type Stroke = { readonly points: readonly Point[]; readonly radius: number; readonly erases: boolean };

/** Where a picture came from. */
export type Origin = {
  readonly seed: number;
  readonly psi: number;
  readonly mix: { readonly seed: number; readonly from: number } | null;
};

/** What undo walks along. Immutable; no tensors. */
export type EditorDocument = {
  readonly origin: Origin;
  readonly frame: Frame;
  /** Points that are placed and not yet dragged. */
  readonly points: readonly DragPoint[];
  readonly anchors: readonly Point[];
  /** What may change; empty: everything. */
  readonly mask: readonly Stroke[];
  /** Where the handles of the drag that led here ended, and where they should be. */
  readonly trace: readonly DragPoint[];
};
