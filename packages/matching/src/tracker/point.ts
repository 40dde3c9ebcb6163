/** A point in image pixels: x to the right, y down, the centre of pixel (0, 0) is (0, 0). */
export type Point = { readonly x: number; readonly y: number };
