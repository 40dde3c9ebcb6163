/** A place in a picture, in pixels: x to the right, y down, (0, 0) is the centre of the upper left pixel. */
export type Point = { readonly x: number; readonly y: number };

/** What is at `handle` shall move to `target`. */
export type PointPair = { readonly handle: Point; readonly target: Point };
