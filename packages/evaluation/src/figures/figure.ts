import type { DragPoint, Point } from '@autodrag/autodrag';

/** A picture in a figure: a code, and what is drawn over its picture. */
export type FigureTile = {
  /** `[numWs * wDim]` */
  readonly w: Float32Array;
  /** Handles and targets with the way between them. */
  readonly points?: readonly DragPoint[];
  /** Rings: where something should be. */
  readonly goals?: readonly Point[];
  readonly caption?: string;
};

/** Pictures in rows and columns, each with a title. A tile that is null stays empty. */
export type Figure = {
  readonly columns: readonly string[];
  readonly rows: readonly { readonly title: string; readonly tiles: readonly (FigureTile | null)[] }[];
};
